"""Pending -> Pay Required, or -> Not Confirmed when too few numbers are free."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from catalog.models import Inventory
from database import fetch
from database.rows import find_with
from orders.faults import fault_point
from orders.lifecycle.locking import lock_order
from orders.lifecycle.numbers import Wish, allocate, wishes_of
from orders.lifecycle.transitions import change_locked, change_together
from orders.models import Order, OrderLine, lines_of
from orders.status import OrderStatus, Reason, Step

# Orders of one transaction; and those that are looked for at once.
BATCH_SIZE, MAX_FOUND = 100, 500
TAKE = f"""
WHERE orders_order.id = ANY(%(orders)s::uuid[]) AND orders_order.status = '{OrderStatus.PENDING.value}'
ORDER BY orders_order.id LIMIT %(most)s FOR NO KEY UPDATE OF orders_order SKIP LOCKED"""
OVERDUE = f"""
SELECT id FROM orders_order
WHERE status = '{OrderStatus.PENDING.value}' AND (status_since < %(before)s OR status_since > %(now)s)
ORDER BY status_since LIMIT %(most)s
"""  # noqa: S608 a constant of ours
# What the history's note has room for.
MAX_NOTE = 500


class _Done(NamedTuple):
    """How many orders were confirmed together; those that go by themselves now, and those that come after them."""

    together: int
    alone: Sequence[UUID] = ()
    left: Sequence[UUID] = ()


def confirm_orders(*, order_ids: Sequence[UUID]) -> int:
    """Confirm the pending ones among these orders, up to BATCH_SIZE; how many there were.

    Together those that want no numbers, and so wait for no product. Then those that want some, in the order in which they
    were placed: together as far as there are enough for them, each by itself where too few are left, or where it costs
    nothing. What another worker has in hand is left to it, and to the sweep.
    """
    count, left = 0, order_ids
    while left:
        done = _confirm_together(left)
        fault_point("confirmed together")
        for order_id in done.alone:
            confirm_order(order_id=order_id)
        count, left = count + done.together + len(done.alone), done.left
    return count


@transaction.atomic
def _confirm_together(order_ids: Sequence[UUID]) -> _Done:
    # Finding too few refuses nothing here: no number is picked among these rows.
    found = sorted(_taken(order_ids), key=lambda order: (order.placed_at, order.pk))
    wishes = wishes_of(found) if found else {}
    in_turn = [order for order in found if order.pk in wishes]
    others = [order for order in found if order.pk not in wishes]
    if others:
        payable = [order for order in others if not order.is_free]
        _note_confirmed(payable)
        return _Done(len(payable), _ids(order for order in others if order.is_free), _ids(in_turn))
    payable = list(takewhile(lambda order: not order.is_free, in_turn))
    free = list(takewhile(lambda order: order.is_free, in_turn[len(payable) :]))
    short = allocate([wishes[order.pk] for order in payable]) if payable else []
    served = [order for order, missing in zip(payable, short, strict=True) if not missing]
    _note_confirmed(served)
    alone = [*(order for order, missing in zip(payable, short, strict=True) if missing), *free]
    return _Done(len(served), _ids(alone), _ids(in_turn[len(payable) + len(free) :]))


def _note_confirmed(orders: Sequence[Order]) -> None:
    if orders:
        change_together(orders=orders, step=Step.CONFIRM, reason=Reason.CONFIRMED)
        fault_point("confirmation being noted")


def _ids(orders: Iterable[Order]) -> list[UUID]:
    return [order.pk for order in orders]


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
    if short := _short_of(order):
        missing = ", ".join(line.name for line in short)[:MAX_NOTE]
        return change_locked(order=order, step=Step.REFUSE, reason=Reason.NO_FREE_NUMBERS, note=missing)
    change_locked(order=order, step=Step.CONFIRM, reason=Reason.CONFIRMED)
    if order.is_free:
        change_locked(order=order, step=Step.PAY, reason=Reason.NOTHING_TO_PAY)
    return order


def _short_of(order: Order) -> list[OrderLine]:
    """Allocate all of the order's numbers, or none and return the lines of which there are too few."""
    lines = lines_of(order)
    numbered = {line.product_id: line for line in lines if line.inventory == Inventory.NUMBERED}
    if not numbered:
        return []
    wishes = [Wish(line.pk, product_id, line.quantity) for product_id, line in numbered.items()]
    beside = {line.product_id for line in lines} - numbered.keys()
    (missing,) = allocate([wishes], beside=beside)
    return [line for product_id, line in numbered.items() if product_id in missing]


def overdue(now: datetime | None = None) -> list[UUID]:
    """Orders that have been pending for longer than PENDING_SWEEP_AFTER, the oldest first.

    And those that were placed later than now, by a clock that went wrong: nobody knows how long they have been waiting.
    """
    now = now or timezone.now()
    before = now - timedelta(seconds=settings.PENDING_SWEEP_AFTER)
    return [pk for (pk,) in fetch(OVERDUE, {"before": before, "now": now, "most": MAX_FOUND})]
