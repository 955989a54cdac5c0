"""The lock of an order, under which all that becomes of it is written."""

from collections.abc import Sequence
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from database.rows import find_with
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


def lock_order_of(payment_id: int) -> Order:
    """The same with the order that a payment is of."""
    locked = find_with(Order, "customer", OF_PAYMENT, {"of": payment_id})
    if len(locked) == 1:
        return locked[0]  # most are no supplement
    return _one_of(locked, Payment.objects.values_list("order", flat=True).filter(pk=payment_id).first())


def _one_of(locked: Sequence[Order], order_id: UUID | None) -> Order:
    """Also where the id came as text, as programs have it."""
    for order in locked:
        if str(order.pk) == str(order_id):
            return order
    raise OrderNotFound
