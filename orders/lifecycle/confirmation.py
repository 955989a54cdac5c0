"""Pending -> Pay Required, or -> Not Confirmed when too few numbers are free."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from catalog import inventory
from catalog.models import Inventory
from database import fetch
from database.rows import find_with
from orders.faults import fault_point
from orders.lifecycle.locking import lock_order
from orders.lifecycle.transitions import change_locked, change_together
from orders.models import Allocation, Order, OrderLine
from orders.status import OrderStatus, Reason, Step

# Orders of one transaction; and those that are looked for at once.
BATCH_SIZE, MAX_FOUND = 100, 500
TAKE = f"""
WHERE orders_order.id = ANY(%(orders)s::uuid[]) AND orders_order.status = '{OrderStatus.PENDING.value}'
ORDER BY orders_order.id LIMIT %(most)s FOR NO KEY UPDATE OF orders_order SKIP LOCKED"""
# Of these orders, those that want numbers.
NUMBERED = f"""
SELECT DISTINCT order_id FROM orders_orderline
WHERE order_id = ANY(%s::uuid[]) AND inventory = '{Inventory.NUMBERED.value}'
"""  # noqa: S608 a constant of ours
OVERDUE = f"""
SELECT id FROM orders_order
WHERE status = '{OrderStatus.PENDING.value}' AND (status_since < %(before)s OR status_since > %(now)s)
ORDER BY status_since LIMIT %(most)s
"""  # noqa: S608 a constant of ours
# What the history's note has room for.
MAX_NOTE = 500


def confirm_orders(*, order_ids: Sequence[UUID]) -> int:
    """Confirm the pending ones among these orders, up to BATCH_SIZE; how many there were.

    Those that need nothing but the pieces that they took when they were placed are confirmed together; those that want
    numbers, or cost nothing, one after the other, in the order in which they were placed. What another worker has in
    hand is left to it, and to the sweep.
    """
    together, alone = _confirm_together(order_ids)
    fault_point("confirmed together")
    for order_id in alone:
        confirm_order(order_id=order_id)
    return together + len(alone)


@transaction.atomic
def _confirm_together(order_ids: Sequence[UUID]) -> tuple[int, list[UUID]]:
    """How many were, and those that are to be confirmed each by itself."""
    # Finding too few refuses nothing here: no number is picked.
    found = _taken(order_ids)
    if not found:
        return 0, []
    numbered = {pk for (pk,) in fetch(NUMBERED, [[order.pk for order in found]])}
    together = [order for order in found if order.pk not in numbered and not order.is_free]
    if together:
        change_together(orders=together, step=Step.CONFIRM, reason=Reason.CONFIRMED)
        fault_point("confirmation being noted")
    return len(together), [order.pk for order in found if order not in together]


def _taken(order_ids: Sequence[UUID]) -> list[Order]:
    """The pending ones with their customers, locked."""
    given = {"orders": list(order_ids), "most": BATCH_SIZE}
    return find_with(Order, "customer", TAKE, given)


@transaction.atomic
def confirm_order(*, order_id: UUID) -> Order:
    """Confirm a pending order: allocate its numbers, all or none, and let the customer pay, or refuse it.

    An order that costs nothing becomes Paid at once: no provider takes a payment of 0. An order that is no longer pending
    is returned as it is: this may run twice, late, or beside itself.
    """
    order = lock_order(order_id)
    if order.status != OrderStatus.PENDING:
        return order
    if short := _allocate_numbers(order):
        missing = ", ".join(line.name for line in short)[:MAX_NOTE]
        return change_locked(order=order, step=Step.REFUSE, reason=Reason.NO_FREE_NUMBERS, note=missing)
    fault_point("numbers allocated")
    change_locked(order=order, step=Step.CONFIRM, reason=Reason.CONFIRMED)
    if order.is_free:
        change_locked(order=order, step=Step.PAY, reason=Reason.NOTHING_TO_PAY)
    return order


def _allocate_numbers(order: Order) -> list[OrderLine]:
    """Allocate all numbers, or none and return the lines of which there were too few."""
    every = {line.product_id: line for line in order.lines.select_related("product")}
    lines = {pk: line for pk, line in every.items() if line.inventory == Inventory.NUMBERED}
    if not lines:
        return []
    wanted = {product_id: line.quantity for product_id, line in lines.items()}
    picked = inventory.pick(quantities=wanted, beside=every.keys() - lines.keys())
    if picked is None:
        return [line for line in lines.values() if inventory.available(line.product) < line.quantity]
    Allocation.objects.bulk_create(
        Allocation(line=lines[product_id], number=number)
        for product_id, numbers in picked.items()
        for number in numbers
    )
    return []


def overdue(now: datetime | None = None) -> list[UUID]:
    """Orders that have been pending for longer than PENDING_SWEEP_AFTER, the oldest first.

    And those that were placed later than now, by a clock that went wrong: nobody knows how long they have been waiting.
    """
    now = now or timezone.now()
    before = now - timedelta(seconds=settings.PENDING_SWEEP_AFTER)
    return [pk for (pk,) in fetch(OVERDUE, {"before": before, "now": now, "most": MAX_FOUND})]
