"""What promotions have brought: how much they took off orders that did not come to nothing, and how much those cost."""

from collections.abc import Collection
from decimal import Decimal
from typing import NamedTuple

from database import fetch

TAKEN = """
SELECT d.promotion_id, o.currency, sum(d.amount), sum(o.total_amount)
FROM orders_orderdiscount d JOIN orders_order o ON o.id = d.order_id
WHERE d.promotion_id = ANY(%(promotions)s::bigint[]) AND d.given_back_at IS NULL
GROUP BY d.promotion_id, o.currency ORDER BY d.promotion_id, o.currency
"""


class Brought(NamedTuple):
    currency: str
    taken_off: Decimal
    # What the orders cost in which it was used.
    sold: Decimal


def brought(promotion_ids: Collection[int]) -> dict[int, list[Brought]]:
    """By promotion, a row for each currency. Read in one statement."""
    found: dict[int, list[Brought]] = {}
    for pk, *sums in fetch(TAKEN, {"promotions": list(promotion_ids)}):
        found.setdefault(pk, []).append(Brought(*sums))
    return found
