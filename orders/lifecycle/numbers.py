"""Numbers for orders that are to be confirmed: each order gets all that it wants, or none."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import chain
from typing import NamedTuple
from uuid import UUID

from django.utils import timezone

from catalog import inventory
from catalog.models import Inventory
from database import Asked, fetch, later
from orders.faults import fault_point
from orders.models import Order

WANTED = f"""
SELECT order_id, id, product_id, quantity FROM orders_orderline
WHERE order_id = ANY(%s::uuid[]) AND inventory = '{Inventory.NUMBERED.value}' ORDER BY order_id, position
"""  # noqa: S608 a constant of ours
ALLOCATE = """
INSERT INTO orders_allocation (line_id, number_id, at)
SELECT line_id, number_id, %s::timestamptz FROM unnest(%s::bigint[], %s::bigint[]) AS given(line_id, number_id)
RETURNING id
"""


class Wish(NamedTuple):
    """So many numbers of a product, for a line of an order."""

    line_id: int
    product_id: int
    quantity: int


def wishes_of(orders: Iterable[Order]) -> dict[UUID, list[Wish]]:
    """What those of these orders want that want numbers."""
    found: defaultdict[UUID, list[Wish]] = defaultdict(list)
    for order_id, *wish in fetch(WANTED, [[order.pk for order in orders]]):
        found[order_id].append(Wish(*wish))
    return found


def allocate(wishes: Sequence[Collection[Wish]], *, beside: Iterable[int] = ()) -> list[set[int]]:
    """Give orders, one after the other, all numbers that each of them wants, or none.

    For each order the products of which too few were left for it: none where it got its numbers. The caller holds the
    orders. Their products are locked, and those `beside`, in id order, until the transaction ends.
    """
    wanted: Counter[int] = Counter()
    for wish in chain.from_iterable(wishes):
        wanted[wish.product_id] += wish.quantity
    free = inventory.free_numbers(quantities=wanted, beside=beside)
    missing, lines, given = [], [], []
    for of_order in wishes:
        missing.append({wish.product_id for wish in of_order if len(free[wish.product_id]) < wish.quantity})
        for wish in of_order if not missing[-1] else ():
            lines += [wish.line_id] * wish.quantity
            given += free[wish.product_id][: wish.quantity]
            del free[wish.product_id][: wish.quantity]
    if given:
        inventory.give_out(numbers=given)
        later(Asked(ALLOCATE, [timezone.now(), lines, given]))
        fault_point("numbers allocated")
    return missing
