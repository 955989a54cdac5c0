"""The audit's checks of bank entries: what was matched with an order is in the ledger, and no more. See orders.py.

What the bank says in words (its name of an entry, who paid, and what for) is its own: its statement proves that.
"""

from typing import Any

from orders.models import TRANSFER

# Several entries may have paid together, under the name of the last: so sums are compared, of each order.
ENTRIES = """
WITH booked AS (
    SELECT e.order_id, sum(e.amount) AS amount FROM orders_ledgerentry e JOIN orders_payment p ON p.id = e.payment_id
    WHERE e.kind = 'captured' AND p.variant = %(transfer)s AND e.reference ~ '^bank [0-9]+( [(]rest[)])?$'
    GROUP BY e.order_id
), matched AS (
    SELECT order_id, sum(amount) AS amount FROM orders_bankentry WHERE state = 'matched' GROUP BY order_id
)
SELECT concat('order ', coalesce(o.number::text, order_id::text, 'unknown'), ': bank entries of ',
    coalesce(matched.amount, 0), ' are matched with it, and the ledger has ', coalesce(booked.amount, 0), ' of them')
FROM matched FULL JOIN booked USING (order_id)
LEFT JOIN orders_order o ON o.id = order_id
WHERE coalesce(matched.amount, 0) <> coalesce(booked.amount, 0)
"""

# What each says of itself.
STATES = """
SELECT concat('bank entry ', b.id, ': ', unnest(array_remove(ARRAY[
    CASE WHEN b.state NOT IN ('open', 'matched', 'set_aside') THEN concat('"', b.state, '" is no state') END,
    CASE WHEN (b.state = 'open') <> (b.decided_at IS NULL)
        THEN concat('is ', replace(b.state, '_', ' '), ', and when that was decided says otherwise') END,
    CASE WHEN b.state = 'matched' AND o.id IS NULL THEN 'is matched with no order that there is' END,
    CASE WHEN b.state = 'matched' AND b.currency <> o.currency
        THEN concat('is in ', b.currency, ', its order in ', o.currency) END,
    CASE WHEN b.amount <= 0 THEN concat(b.amount, ' is no amount') END,
    CASE WHEN greatest(b.read_at, b.decided_at) > now() + interval '10 minutes' THEN 'is yet to come' END
], NULL)))
FROM orders_bankentry b LEFT JOIN orders_order o ON o.id = b.order_id
"""

CHECKS = (ENTRIES, STATES)
PARAMETERS: dict[str, Any] = {"transfer": TRANSFER}
