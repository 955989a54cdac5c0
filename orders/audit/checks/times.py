"""The audit's checks of times: what came before what, and that all that waits comes due. See orders.py for their form."""

from datetime import timedelta
from typing import Any

from django.conf import settings

from accounts.models import GONE

# The clocks of several hosts may differ by seconds, and a transaction may take some.
ORDERS = """
WITH steps AS (
    SELECT order_id, min(at) AS first, max(at) AS last, (array_agg(at ORDER BY sequence DESC))[1] AS newest
    FROM orders_statuschange GROUP BY order_id
)
SELECT concat('order ', o.number, ': ', unnest(array_remove(ARRAY[
    CASE WHEN o.placed_at > now() + interval '10 minutes' OR s.last > now() + interval '10 minutes'
        THEN 'something of it is yet to come, and is said to have happened' END,
    CASE WHEN abs(extract(epoch FROM s.first - o.placed_at)) > 60 THEN 'its history does not begin when it was placed' END,
    CASE WHEN abs(extract(epoch FROM s.newest - o.status_since)) > 60
        THEN concat('is ', o.status, ' since another moment than its history says') END,
    CASE WHEN o.status = 'pay_required' AND o.pay_by > o.status_since + %(window)s THEN 'may be paid for too long' END
], NULL)))
FROM orders_order o LEFT JOIN steps s ON s.order_id = o.id
"""

LEDGER = """
WITH moved AS (
    SELECT id, order_id, at, lag(at) OVER path AS before, lag(id) OVER path AS before_id
    FROM orders_ledgerentry WINDOW path AS (PARTITION BY order_id ORDER BY id)
)
SELECT concat('order ', o.number, ', ledger row ', m.id, ': ', unnest(array_remove(ARRAY[
    CASE WHEN m.at < m.before - interval '1 minute' THEN concat('is dated before row ', m.before_id) END,
    CASE WHEN m.at < o.placed_at - interval '1 minute' THEN 'is dated before its order was placed' END,
    CASE WHEN m.at > now() + interval '10 minutes' THEN 'is yet to come' END
], NULL)))
FROM moved m JOIN orders_order o ON o.id = m.order_id
"""

PAPERS = """
WITH steps AS (
    SELECT order_id, min(at) FILTER (WHERE to_status = 'paid') AS paid, min(at) FILTER (WHERE from_status = 'refund') AS back
    FROM orders_statuschange WHERE to_status = 'paid' OR from_status = 'refund' GROUP BY order_id
)
SELECT concat('order ', o.number, ', ', replace(i.kind, '_', ' '), ' ', i.number, ': ', unnest(array_remove(ARRAY[
    CASE WHEN i.issued_at < CASE i.kind WHEN 'invoice' THEN s.paid ELSE coalesce(c.at, s.back) END - interval '1 minute'
        THEN 'is dated before what it tells of' END,
    CASE WHEN i.issued_at > now() + interval '1 day' THEN 'is yet to come' END
], NULL)))
FROM orders_invoice i JOIN orders_order o ON o.id = i.order_id LEFT JOIN steps s ON s.order_id = i.order_id
LEFT JOIN orders_orderchange c ON c.order_id = i.order_id AND c.id::text = i.snapshot->>'change'
"""

REFUNDS = """
WITH failures AS (
    SELECT e.payment_id, count(*) AS times, r.said, count(*) > r.said AS fewer FROM orders_ledgerentry e
    JOIN (SELECT payment_id, count(failed_at) AS said FROM orders_refund GROUP BY payment_id) r USING (payment_id)
    WHERE e.kind = 'refund_failed' AND e.capture_id IS NULL GROUP BY e.payment_id, r.said
)
SELECT concat('order ', o.number, ', refund ', r.id, ': ', unnest(array_remove(ARRAY[
    CASE WHEN r.asked_at < c.at - interval '1 minute' THEN 'was asked for before its money was captured' END,
    CASE WHEN r.asked_at > now() + interval '10 minutes' THEN 'is yet to be asked for' END,
    CASE WHEN r.failed_at < r.asked_at - interval '1 minute' THEN 'failed before it was asked for' END,
    CASE WHEN r.failed_at > now() + interval '10 minutes' THEN 'failed in days to come' END,
    CASE WHEN r.failed_at IS NULL AND f.fewer
        THEN concat('says with the others of its payment ', f.said, ' times that one failed, the ledger ', f.times) END
], NULL)))
FROM orders_refund r
JOIN orders_ledgerentry c ON c.id = r.capture_id
LEFT JOIN failures f ON f.payment_id = r.payment_id
JOIN orders_payment p ON p.id = r.payment_id JOIN orders_order o ON o.id = p.order_id
"""

# Each table of rows that wait: what it is called, its order, and whether a row of it has something to wait for.
WAITING = """
WITH waiting AS (
    SELECT concat('payment ', id) AS what, order_id, status IN ('waiting', 'input', 'preauth') AS is_open, next_attempt_at,
        leased_until, given_up_at, created AS since
    FROM orders_payment
    UNION ALL
    SELECT concat('refund ', r.id), p.order_id, r.state = 'asked', r.next_attempt_at, r.leased_until,
        r.given_up_at, r.asked_at
    FROM orders_refund r JOIN orders_payment p ON p.id = r.payment_id
    UNION ALL
    SELECT concat('email "', m.kind, '" about ', m.sequence), m.order_id, m.sent_at IS NULL AND u.email NOT LIKE %(gone)s,
        m.next_attempt_at, m.leased_until, m.given_up_at, m.created_at
    FROM orders_mail m JOIN orders_order o ON o.id = m.order_id JOIN accounts_user u ON u.id = o.customer_id
    UNION ALL
    SELECT concat('webhook ', d.id), d.order_id, d.state = 'waiting', d.next_attempt_at, d.leased_until, d.given_up_at,
        d.created_at
    FROM orders_webhookdelivery d
    UNION ALL
    SELECT concat('event ', e.variant, ' ', e.event_id), p.order_id, e.acted_at IS NULL AND e.waits_for = '',
        e.next_attempt_at, e.leased_until, e.given_up_at, e.received_at
    FROM orders_providerevent e LEFT JOIN orders_payment p ON p.token = e.news->>'token'
)
SELECT concat('order ', coalesce(o.number::text, 'unknown'), ', ', w.what, ': ', unnest(array_remove(ARRAY[
    CASE WHEN w.is_open AND w.next_attempt_at IS NULL AND w.given_up_at IS NULL
        THEN 'waits for something that never comes due' END,
    CASE WHEN w.next_attempt_at > now() + interval '7 days' THEN 'does not come due before a week is over' END,
    CASE WHEN w.leased_until > now() + interval '1 day' THEN 'is in the hands of a worker for days' END,
    CASE WHEN w.since > now() + interval '10 minutes' THEN 'is yet to come' END
], NULL)))
FROM waiting w LEFT JOIN orders_order o ON o.id = w.order_id
"""

ENDPOINTS = """
SELECT concat('webhook endpoint ', id, ': rests for days') FROM orders_webhookendpoint
WHERE rests_until > now() + interval '1 day'
"""

CHECKS = (ORDERS, LEDGER, PAPERS, REFUNDS, WAITING, ENDPOINTS)
# A payment window that was longer before is not held against an order.
PARAMETERS: dict[str, Any] = {
    "window": timedelta(
        seconds=max(settings.ORDER_PAYMENT_WINDOW, *settings.PAYMENT_WINDOWS.values(), 0), days=7
    ),
    "gone": f"%{GONE}",
}
