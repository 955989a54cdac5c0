"""The checks of what was told: invoices, emails and the feed to customers, and the events that providers told us."""

from typing import Any

from accounts.models import GONE, Address
from orders.actions.close_account import BLANKED, BLANKED_IN_BILLING
from orders.audit.checks.papers import INVOICE_NUMBERS, INVOICE_WORDS, INVOICES
from orders.emails.queue import EMAIL_AFTER, FREE_EMAIL_AFTER
from orders.models import EmailKind, Notice
from orders.status import FIRST, STEPS

# Values out of JSON may be anything: a number only if it looks like one.


# What was acted on without a remark has had its effect.
EVENTS = """
WITH told AS (
    SELECT variant, event_id, acted_at, waits_for, next_attempt_at, received_at, news->>'token' AS token,
        CASE WHEN news->>'amount' ~ '^[0-9]+([.][0-9]+)?(E[+-]?[0-9]+)?$' THEN (news->>'amount')::numeric END AS amount,
        news->>'reference' AS reference, acted_at IS NOT NULL AND remark = '' AND news->>'kind' = 'captured' AS captured
    FROM orders_providerevent
)
SELECT concat('order ', coalesce(o.number::text, 'unknown'), ', event ', t.variant, ' ', t.event_id, ': ',
unnest(array_remove(ARRAY[
    CASE WHEN captured AND e.id IS NULL THEN concat('told of ', t.amount, ' captured, and the ledger has no row of it') END,
    CASE WHEN captured AND e.amount IS DISTINCT FROM t.amount AND e.id IS NOT NULL
        THEN concat('told of ', t.amount, ' captured, and the ledger has ', e.amount) END,
    CASE WHEN t.next_attempt_at > now() + interval '7 days' THEN 'is not acted on before a week is over' END,
    CASE WHEN t.acted_at > now() + interval '10 minutes' THEN 'is yet to come, and is said to be acted on' END,
    CASE WHEN acted_at IS NULL AND waits_for = '' AND received_at < now() - interval '1 day'
        THEN concat('waits to be acted on since ', to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')) END
], NULL)))
FROM told t
LEFT JOIN orders_payment p ON p.token = t.token
LEFT JOIN orders_ledgerentry e ON e.payment_id = p.id AND e.kind = 'captured' AND e.reference = t.reference
LEFT JOIN orders_order o ON o.id = p.order_id
"""

EMAILS = """
WITH owed AS (
    SELECT s.order_id, k.kind, s.sequence::bigint AS sequence
    FROM orders_statuschange s
    LEFT JOIN orders_order o ON o.id = s.order_id
    JOIN unnest(%(email_sources)s::text[], %(email_targets)s::text[], %(email_kinds)s::text[], %(email_free)s::boolean[])
        AS k(source, target, kind, is_free) ON k.target = s.to_status AND k.source = coalesce(s.from_status, '')
        AND k.is_free = coalesce(o.total_amount = 0, false)
    WHERE NOT (k.kind = 'pay_required' AND coalesce(o.is_exchange AND NOT o.is_supplement, false))
        AND NOT (k.kind = 'done' AND coalesce(o.is_supplement AND NOT o.is_exchange, false))
    UNION ALL
    SELECT p.order_id, 'late_money_returned', r.id
    FROM orders_refund r JOIN orders_payment p ON p.id = r.payment_id
    WHERE (r.state = 'done' OR r.failed_at IS NOT NULL) AND r.cause NOT IN ('order', 'change')
    UNION ALL
    SELECT p.order_id, 'change_refunded', r.id
    FROM orders_refund r JOIN orders_payment p ON p.id = r.payment_id
    WHERE (r.state = 'done' OR r.failed_at IS NOT NULL) AND r.cause = 'change'
    UNION ALL
    SELECT order_id, 'changed', sequence FROM orders_orderchange WHERE kind <> 'undone' OR actor_id IS NOT NULL
    UNION ALL
    SELECT order_id, 'request_received', id FROM orders_changerequest
    UNION ALL
    SELECT order_id, 'request_expected', id FROM orders_changerequest WHERE expected_at IS NOT NULL
    UNION ALL
    SELECT order_id, 'request_declined', id FROM orders_changerequest WHERE state = 'declined'
    UNION ALL
    SELECT order_id, 'refund_failed', id FROM orders_ledgerentry e WHERE kind = 'refund_failed' AND NOT EXISTS (
        SELECT FROM orders_dispute d WHERE d.payment_id = e.payment_id AND d.reference = e.reference)
    UNION ALL
    SELECT p.order_id, 'refunded_later', r.id
    FROM orders_refund r JOIN orders_payment p ON p.id = r.payment_id
    WHERE (r.state = 'done' OR r.failed_at IS NOT NULL) AND r.cause = 'order' AND EXISTS (SELECT FROM orders_ledgerentry e
        WHERE e.payment_id = r.payment_id AND e.kind = 'refund_failed' AND e.at <= r.asked_at)
    UNION ALL
    SELECT order_id, 'shipped', sequence FROM orders_shipment WHERE NOT completes
    UNION ALL
    SELECT order_id, 'ready', 0 FROM orders_readynotice
    UNION ALL
    SELECT order_id, 'refund_declined', id FROM orders_refundrequest WHERE state = 'declined'
), both_sides AS (
    SELECT order_id, kind, sequence, o.order_id IS NULL AS unasked
    FROM owed o
    FULL JOIN (SELECT * FROM orders_mail WHERE order_id IS NOT NULL AND kind NOT IN ('tracking', 'pay_by_hand')) m
        USING (order_id, kind, sequence)
    WHERE o.order_id IS NULL OR m.id IS NULL
)
SELECT concat('order ', coalesce(o.number::text, b.order_id::text), ': ', CASE WHEN unasked
    THEN concat('has an email "', kind, '" about ', sequence, ', which did not happen')
    ELSE concat('has no email "', kind, '" about ', sequence) END)
FROM both_sides b LEFT JOIN orders_order o ON o.id = b.order_id
"""

# The things of which the feed tells have their ids from six tables.
FEED = """
WITH happened AS (
    SELECT concat('step ', id) AS thing, order_id, concat('step ', sequence) AS what, at FROM orders_statuschange
    UNION ALL
    SELECT concat('parcel ', id), order_id, concat('parcel ', sequence), at FROM orders_shipment WHERE NOT completes
    UNION ALL
    SELECT concat('ready ', id), order_id, 'ready', at FROM orders_readynotice
    UNION ALL
    SELECT concat('notice ', id), order_id, concat('notice ', kind), at FROM orders_notice
    UNION ALL
    SELECT concat('money ', id), order_id, concat('ledger row ', id), at FROM orders_ledgerentry
    WHERE kind IN ('refunded', 'refund_failed')
    UNION ALL
    SELECT concat('change ', id), order_id, concat('change ', sequence), at FROM orders_orderchange
), told AS (
    SELECT f.*, CASE WHEN change_id IS NOT NULL THEN concat('step ', change_id)
        WHEN money_id IS NOT NULL THEN concat('money ', money_id)
        WHEN shipment_id IS NOT NULL THEN concat('parcel ', shipment_id)
        WHEN ready_id IS NOT NULL THEN concat('ready ', ready_id)
        WHEN notice_id IS NOT NULL THEN concat('notice ', notice_id)
        WHEN edit_id IS NOT NULL THEN concat('change ', edit_id) END AS thing
    FROM orders_feedentry f
), feed AS (
    SELECT id, order_id, customer_id, position, thing, count(*) OVER (PARTITION BY thing) AS times FROM told
)
SELECT concat('order ', coalesce(o.number::text, h.order_id::text, f.order_id::text), ', ',
coalesce(h.what, concat('feed entry ', f.id)), ': ', unnest(array_remove(ARRAY[
    CASE WHEN f.id IS NULL THEN 'is not in the feed' END,
    CASE WHEN f.id IS NOT NULL AND f.position IS NULL AND h.at < now() - interval '1 hour'
        THEN 'has no place in the feed for over an hour' END,
    CASE WHEN h.thing IS NULL THEN 'tells of what did not happen' END,
    CASE WHEN f.times > 1 THEN concat('is in the feed ', f.times, ' times') END,
    CASE WHEN f.order_id <> h.order_id THEN 'is in the feed of another order' END,
    CASE WHEN f.customer_id <> o.customer_id THEN 'is in the feed of another customer' END
], NULL)))
FROM happened h
FULL JOIN feed f ON f.thing = h.thing
LEFT JOIN orders_order o ON o.id = coalesce(h.order_id, f.order_id)
"""

# What a notice tells has its row, where there is one: the request that was opened or answered, the change that waits or is
# not made, the parcel. When it was told stands between the order's placing and now.
NOTICES = """
WITH asked AS (
    SELECT order_id, kind, state, expected_at FROM orders_changerequest
    UNION ALL
    SELECT order_id, 'refund', state, NULL FROM orders_refundrequest
), told AS (
    SELECT n.*, n.about->>'request' AS request, n.about->>'state' AS state, n.about->>'change' AS change,
        n.about->>'waiting_order' AS pays, n.about->>'shipment' AS parcel, o.number, o.placed_at
    FROM orders_notice n LEFT JOIN orders_order o ON o.id = n.order_id
)
SELECT concat('order ', number, ', notice ', kind, ': ', unnest(array_remove(ARRAY[
    CASE WHEN kind LIKE 'request%%' AND NOT EXISTS (SELECT FROM asked a WHERE a.order_id = t.order_id AND a.kind = t.request
            AND (t.kind <> 'request_answered' OR a.state = t.state)
            AND (t.kind <> 'request_expected' OR a.expected_at IS NOT NULL))
        THEN 'tells of a request that there is not' END,
    CASE WHEN kind LIKE 'change%%' AND NOT EXISTS (SELECT FROM orders_waitingchange w WHERE w.order_id = t.order_id
            AND w.change_id::text = t.change AND w.supplement_id::text = t.pays AND w.kind = t.about->>'kind'
            AND (t.kind = 'change_waits' OR w.ended_at IS NOT NULL))
        THEN 'tells of a change that does not wait, or that has not ended' END,
    CASE WHEN kind = 'tracking_changed' AND parcel IS NOT NULL AND NOT EXISTS (SELECT FROM orders_shipment s
            WHERE s.order_id = t.order_id AND s.sequence::text = t.parcel) THEN 'tells of a parcel that there is not' END,
    CASE WHEN NOT kind = ANY(%(notices)s) THEN 'tells of nothing that there is' END,
    CASE WHEN kind = 'payment_changed' AND about <> '{}' THEN 'says more than there is to say' END,
    CASE WHEN at < placed_at - interval '1 minute' THEN 'is from before the order was placed' END,
    CASE WHEN at > now() + interval '10 minutes' THEN 'is yet to come' END
], NULL)))
FROM told t
"""

# Positions have no gap: where one is missing, something was wiped out of the feed, and out of the history with it.
FEED_GAPS = """
WITH placed AS (
    SELECT position, order_id, coalesce(lag(position) OVER (ORDER BY position), 0) AS before,
        lag(order_id) OVER (ORDER BY position) AS order_before
    FROM orders_feedentry WHERE position IS NOT NULL
)
SELECT concat('order ', coalesce(o.number::text, p.order_id::text), ', place ', p.position, ' of the feed: ',
    p.position - p.before - 1, ' entries before it are gone', ', after one of order ' || b.number)
FROM placed p LEFT JOIN orders_order o ON o.id = p.order_id LEFT JOIN orders_order b ON b.id = p.order_before
WHERE p.position <> p.before + 1
"""

# What an order's address keeps when the customer has left is as its invoice says, and so is the rest until then; of one
# whose address was changed after the invoice, what stood there before. Of one that is billed to somebody else, that.
ADDRESSES = """
WITH addresses AS (
    SELECT i.id, coalesce(CASE jsonb_typeof(o.billing_snapshot)
        WHEN 'object' THEN o.billing_snapshot - ARRAY['vat_check', 'vat_checked_at'] END, (SELECT d.address_before
        FROM orders_detailschange d JOIN orders_orderchange c ON c.id = d.change_id
        WHERE c.order_id = o.id AND c.at > i.issued_at AND d.address_before IS NOT NULL ORDER BY c.sequence LIMIT 1),
        o.address_snapshot) AS address
    FROM orders_invoice i JOIN orders_order o ON o.id = i.order_id WHERE i.kind = 'invoice'
)
SELECT concat('order ', o.number, ': its address is not the one that its invoice ', i.number, ' says')
FROM orders_invoice i JOIN orders_order o ON o.id = i.order_id JOIN addresses a ON a.id = i.id
CROSS JOIN LATERAL jsonb_each_text(CASE jsonb_typeof(a.address) WHEN 'object' THEN a.address ELSE '{}' END)
    AS said(part, words)
WHERE i.kind = 'invoice' AND jsonb_typeof(i.snapshot->'customer') = 'object'
    AND said.words IS DISTINCT FROM i.snapshot->'customer'->>said.part
    AND NOT (said.words = '' AND said.part = ANY(%(blanked)s))
GROUP BY o.number, i.number
UNION ALL
SELECT concat('order ', number, ': its address is not whole') FROM orders_order
WHERE NOT coalesce(address_snapshot ?& %(parts)s::text[], false)
"""

# Who waits for a product. Emails that ask an address are kept for 30 days, and its link holds for three; what is back is
# told within seconds, and an hour after anything that may have brought it back nobody waits for it.
WAITS = """
WITH brought AS (
    SELECT product_id, max(at) AS at FROM catalog_stockmovement
    WHERE product_id IN (SELECT product_id FROM catalog_wait) GROUP BY product_id
    UNION ALL
    SELECT object_id::bigint, max(at) FROM staff_staffaction
    WHERE object_type = 'catalog.product' AND object_id IN (SELECT product_id::text FROM catalog_wait) GROUP BY object_id
), changes AS (
    SELECT product_id, max(at) AS at FROM brought GROUP BY product_id
), imports AS (
    SELECT max(CASE state WHEN 'importing' THEN now() ELSE finished_at END) AS at FROM bulk_importjob
    WHERE state IN ('importing', 'done', 'failed')
)
SELECT concat('product ', coalesce(p.sku, w.product_id::text), ', row ', w.id, ' of those who wait: ',
unnest(array_remove(ARRAY[
    CASE WHEN p.id IS NULL THEN 'waits for a product that is gone' END,
    CASE WHEN w.user_id IS NOT NULL AND u.id IS NULL THEN 'its user is gone' END,
    CASE WHEN u.email LIKE %(gone)s OR w.email LIKE %(gone)s THEN 'its user has left' END,
    CASE WHEN w.email <> lower(w.email) OR w.email NOT LIKE '%%_@_%%' THEN 'is of no address as the shop writes them' END,
    CASE WHEN w.asked_at > now() + interval '10 minutes' THEN 'is yet to come' END,
    CASE WHEN w.user_id IS NULL AND w.asked_at > now() - interval '25 days' AND NOT EXISTS (
        SELECT FROM orders_mail m WHERE m.to = w.email AND m.kind = 'back_to_confirm'
        AND m.created_at BETWEEN w.asked_at - interval '4 days' AND w.asked_at + interval '10 minutes')
        THEN 'its address was never asked whether it wants to be told' END,
    CASE WHEN p.is_active AND p.stock_quantity > 0 AND greatest(w.asked_at, c.at, i.at) < now() - interval '1 hour'
        THEN 'its product is back for over an hour, and it was not told' END
], NULL)))
FROM catalog_wait w
LEFT JOIN catalog_product p ON p.id = w.product_id
LEFT JOIN accounts_user u ON u.id = w.user_id
LEFT JOIN changes c ON c.product_id = w.product_id
CROSS JOIN imports i
"""

CHECKS = (
    INVOICES,
    INVOICE_WORDS,
    INVOICE_NUMBERS,
    EVENTS,
    EMAILS,
    FEED,
    FEED_GAPS,
    NOTICES,
    ADDRESSES,
    WAITS,
)

# From where to where, the email, and whether it is for orders that cost nothing.
_EMAILS = [("", str(FIRST), str(EmailKind.PLACED), is_free) for is_free in (False, True)]
_EMAILS += [
    (str(STEPS[step].source), str(STEPS[step].target), str(kind), is_free)
    for after, is_free in ((EMAIL_AFTER, False), (FREE_EMAIL_AFTER, True))
    for step, kind in after.items()
    if kind
]
_NAMES = ("email_sources", "email_targets", "email_kinds", "email_free")
PARAMETERS: dict[str, Any] = dict(zip(_NAMES, map(list, zip(*_EMAILS, strict=True)), strict=True))
PARAMETERS["blanked"] = sorted({*BLANKED, *BLANKED_IN_BILLING})
PARAMETERS["parts"] = ["id", *Address.FIELDS]
PARAMETERS["notices"] = [str(kind) for kind in Notice.Kind]
PARAMETERS["gone"] = f"%{GONE}"
