"""The audit's checks of what was placed beside an order: in exchange for pieces, or for a difference. See orders.py."""

from typing import Any

from orders.models import EXCHANGE

# What a change gives in exchange has paid the order that was placed for it, and nothing else has; of a supplement a part.
EXCHANGES = """
WITH paid AS (
    SELECT e.order_id, sum(e.amount) AS amount FROM orders_ledgerentry e JOIN orders_payment p ON p.id = e.payment_id
    WHERE e.kind = 'captured' AND p.variant = %(exchange)s GROUP BY e.order_id
), wrong AS (
    SELECT o.number, 'was placed in exchange, and for what is gone' AS what
    FROM orders_order o LEFT JOIN orders_exchange x ON x.order_id = o.id
    WHERE o.is_exchange AND NOT o.is_supplement AND x.order_id IS NULL
    UNION ALL
    SELECT number, concat('is paid ', exchange_amount, ' of ', total_amount, ' by old pieces, and is ',
        CASE WHEN NOT is_exchange THEN 'no exchange' WHEN is_supplement THEN 'a supplement' ELSE 'no supplement' END)
    FROM orders_order WHERE exchange_amount <> 0 AND NOT is_exchange OR exchange_amount < 0
        OR is_exchange AND is_supplement <> (exchange_amount < total_amount)
    UNION ALL
    SELECT coalesce(o.number, n.number), unnest(array_remove(ARRAY[
        CASE WHEN n.id IS NULL OR NOT n.is_exchange THEN 'is in exchange for pieces, and was not placed so' END,
        CASE WHEN o.id IS NULL OR c.kind NOT IN ('cancel', 'return') THEN 'is in exchange for what was not given back' END,
        CASE WHEN n.customer_id <> o.customer_id
            THEN concat('was exchanged for order ', n.number, ' of another customer') END,
        CASE WHEN coalesce(p.amount, 0) <> c.amount
            THEN concat('gave ', c.amount, ' for order ', n.number, ', of which that has ', coalesce(p.amount, 0)) END,
        CASE WHEN n.exchange_amount <> c.amount OR n.total_amount <> c.amount AND NOT n.is_supplement
            THEN concat('gave ', c.amount, ' for order ', n.number, ', which costs ', n.total_amount) END
    ], NULL))
    FROM orders_exchange x LEFT JOIN orders_orderchange c ON c.id = x.change_id
    LEFT JOIN orders_order o ON o.id = c.order_id LEFT JOIN orders_order n ON n.id = x.order_id
    LEFT JOIN paid p ON p.order_id = x.order_id
    UNION ALL
    SELECT o.number, concat('was paid ', p.amount, ' in exchange for nothing')
    FROM paid p JOIN orders_order o ON o.id = p.order_id LEFT JOIN orders_exchange x ON x.order_id = p.order_id
    WHERE x.order_id IS NULL
)
SELECT concat('order ', number, ': ', what) FROM wrong
"""

# What waits for its difference waits with the order that pays that, and is made once that is paid. History tells whether it
# was, whatever has become of it since.
WAITING = """
WITH paid AS (
    SELECT DISTINCT order_id FROM orders_statuschange WHERE to_status = 'paid'
), counted AS (
    SELECT w.*, s.number, s.status, s.is_supplement, s.is_exchange, s.customer_id, paid.order_id IS NOT NULL AS is_paid,
        o.id IS NULL OR o.customer_id <> s.customer_id OR o.id = s.id AS of_another, l.order_id AS of_line,
        c.id IS NOT NULL AS is_made, c.order_id AS changed, c.kind AS made, c.sequence, c.note AS says,
        c.actor_id AS made_by, c.shipping, cl.line_id AS took, cl.restocked AS again, x.order_id AS got, cl.quantity,
        sl.quantity AS ordered, o.status AS old,
        count(*) FILTER (WHERE w.ended_at IS NULL) OVER (PARTITION BY w.order_id) AS open
    FROM orders_waitingchange w
    LEFT JOIN orders_order s ON s.id = w.supplement_id LEFT JOIN orders_order o ON o.id = w.order_id
    LEFT JOIN paid ON paid.order_id = w.supplement_id LEFT JOIN orders_orderline l ON l.id = w.line_id
    LEFT JOIN orders_orderchange c ON c.id = w.change_id LEFT JOIN orders_changeline cl ON cl.change_id = c.id
    LEFT JOIN orders_exchange x ON x.change_id = c.id
    LEFT JOIN orders_orderline sl ON sl.order_id = w.supplement_id
)
SELECT concat('order ', coalesce(number::text, supplement_id::text), ', a supplement: ', unnest(array_remove(ARRAY[
    CASE WHEN number IS NULL THEN 'is gone' END,
    CASE WHEN NOT is_supplement THEN 'was not placed so' END,
    CASE WHEN number IS NOT NULL AND of_another THEN 'is for an order of another customer' END,
    CASE WHEN kind = 'details' AND (is_exchange OR line_id IS NOT NULL OR restocked)
            OR kind IN ('cancel', 'return') AND (NOT is_exchange OR line_id IS NULL)
            OR kind NOT IN ('details', 'cancel', 'return') OR of_line <> order_id
        THEN concat('is for a change of the kind ', kind, ' that there is not') END,
    CASE WHEN (ended_at IS NULL) <> (status IN ('pending', 'pay_required'))
        THEN concat('is ', status, ', and what waits for it has ', CASE WHEN ended_at IS NULL THEN 'not ' END, 'ended') END,
    CASE WHEN open > 1 AND ended_at IS NULL THEN concat('is one of ', open, ' that its order waits for') END,
    CASE WHEN is_paid <> is_made
        THEN concat('was ', CASE WHEN NOT is_paid THEN 'not ' END, 'paid, and its change was ',
            CASE WHEN NOT is_made THEN 'not ' END, 'made') END,
    CASE WHEN is_made AND (changed <> order_id OR made <> kind OR sequence <> based_on + 1 OR says <> note OR shipping <> 0
            OR made_by IS DISTINCT FROM actor_id OR took IS DISTINCT FROM line_id OR again <> (restocked OR kind = 'cancel')
            OR quantity <> ordered OR is_exchange AND got IS DISTINCT FROM supplement_id)
        THEN 'its change is another than was agreed' END,
    CASE WHEN is_owed AND (NOT is_made OR kind <> 'details' OR old NOT IN ('refund', 'canceled'))
        THEN 'is owed to its customer, and its order goes on' END,
    CASE WHEN ended_at < agreed_at - interval '1 minute' THEN 'ended before it was agreed' END,
    CASE WHEN greatest(agreed_at, ended_at) > now() + interval '10 minutes' THEN 'is yet to come' END
], NULL)))
FROM counted
UNION ALL
SELECT concat('order ', o.number, ', a supplement: ',
    CASE WHEN w.supplement_id IS NULL THEN 'is for what is gone' ELSE 'leaves nothing to be paid' END)
FROM orders_order o LEFT JOIN orders_waitingchange w ON w.supplement_id = o.id
WHERE o.is_supplement AND (w.supplement_id IS NULL OR o.exchange_amount >= o.total_amount)
"""

CHECKS = (EXCHANGES, WAITING)
PARAMETERS: dict[str, Any] = {"exchange": EXCHANGE}
