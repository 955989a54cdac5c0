"""The audit's checks of bank entries: what was matched with an order is in the ledger, and no more. See orders.py."""

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

CHECKS = (ENTRIES,)
PARAMETERS: dict[str, Any] = {"transfer": TRANSFER}
