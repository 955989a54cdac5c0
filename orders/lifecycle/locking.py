"""The lock of an order, under which all that becomes of it is written."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from database.rows import Found, find_together, find_with, rows_of, rows_with
from orders.errors import OrderError
from orders.models import Order, Payment
from refusals import NotFound

# Of an order that pays the difference of another one's change both, in id order, as long as the change waits.
LOCK = """WHERE orders_order.id = ANY(ARRAY[{own},
    (SELECT order_id FROM orders_waitingchange WHERE supplement_id = {own} AND ended_at IS NULL)])
ORDER BY orders_order.id FOR NO KEY UPDATE OF orders_order"""
OF_ORDER = LOCK.format(own="%(of)s::uuid")
OF_PAYMENT = LOCK.format(own="(SELECT order_id FROM orders_payment WHERE id = %(of)s::bigint)")


class OrderNotFound(OrderError, NotFound):
    message = _("There is no such order.")


def lock_order(order_id: UUID) -> Order:
    """The order with its customer, its row locked until the caller's transaction ends. Raises OrderNotFound.

    With it is locked what a change waits for that it pays the difference of.
    """
    return _one_of(find_with(Order, "customer", OF_ORDER, {"of": order_id}), order_id)


def lock_order_of(payment_id: int) -> tuple[Order, Payment]:
    """The same with the order that a payment is of, and the payment as it stands once its order is locked."""
    orders, payments = find_together(
        rows_with(Order, "customer", OF_PAYMENT, {"of": payment_id}),
        rows_of(Payment, "WHERE id = %s", [payment_id]),
    )
    if not payments:
        raise OrderNotFound
    return _one_of(orders, payments[0].order_id), payments[0]


def lock_and_find(order_id: UUID, more: Found) -> tuple[Order, list[Any]]:
    """An order, as `lock_order` locks it, and other rows as they stand then."""
    locked, found = find_together(rows_with(Order, "customer", OF_ORDER, {"of": order_id}), more)
    return _one_of(locked, order_id), found


def _one_of(locked: Sequence[Order], order_id: UUID | None) -> Order:
    """Also where the id came as text, as programs have it."""
    for order in locked:
        if str(order.pk) == str(order_id):
            return order
    raise OrderNotFound
