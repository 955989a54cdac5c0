"""What people may do to an order, whatever door they come through: who may, and which call does it."""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from orders import payments
from orders.errors import OrderError
from orders.lifecycle import OrderNotFound, StepNotAllowed, change_status
from orders.models import Order, OrderLine
from orders.status import CUSTOMER_STEPS, STAFF_STEPS, Reason, Step, possible_steps

if TYPE_CHECKING:
    from accounts.models import User


class PermissionDenied(OrderError):
    code = "permission_denied"
    message = _("You may not do this.")


def find_order(*, order_id: UUID, user: "User") -> Order:
    """An order that the user may see. Raises OrderNotFound, for other people's orders too."""
    order = Order.objects.visible_to(user).filter(pk=order_id).first()
    if order is None:
        raise OrderNotFound
    return order


def list_orders(
    *,
    user: "User",
    everybody: bool = False,
    status: Collection[str] = (),
    placed_after: datetime | None = None,
    placed_before: datetime | None = None,
    product: str = "",
) -> QuerySet[Order]:
    """The user's own orders, or everybody's for staff, the newest first.

    They may be narrowed to statuses, to those placed from `placed_after` on and before `placed_before`, and to those
    with a line of the product with that SKU. Raises PermissionDenied.
    """
    if everybody and not user.is_staff:
        raise PermissionDenied
    orders = Order.objects.all() if everybody else Order.objects.filter(customer=user)
    if status:
        orders = orders.filter(status__in=status)
    if placed_after:
        orders = orders.filter(placed_at__gte=placed_after)
    if placed_before:
        orders = orders.filter(placed_at__lt=placed_before)
    if product:
        orders = orders.filter(Exists(OrderLine.objects.filter(order=OuterRef("pk"), sku=product)))
    return orders


def steps_for(*, order: Order, user: "User") -> list[Step]:
    """The steps that the user may take with the order as it stands, in the diagram's order."""
    allowed = _allowed(order, user)
    return [step for step in possible_steps(order.status) if step in allowed]


def take_step(*, order_id: UUID, step: Step, actor: "User", note: str = "") -> Order:
    """Cancel, complete, or ask for a refund, as the customer or as staff.

    Raises OrderNotFound, PermissionDenied, or StepNotAllowed when the order's status does not allow it.
    """
    order = find_order(order_id=order_id, user=actor)
    if step not in _allowed(order, actor):
        raise PermissionDenied
    reason = Reason.CUSTOMER_WISH if order.customer_id == actor.pk else Reason.STAFF_DECISION
    if step == Step.CANCEL:
        return payments.cancel_order(order_id=order_id, actor=actor, reason=reason, note=note)
    if step == Step.ASK_REFUND:
        return payments.ask_refund(order_id=order_id, actor=actor, reason=reason, note=note)
    if step == Step.COMPLETE:
        return change_status(order_id=order_id, step=step, reason=reason, actor=actor, note=note)
    raise StepNotAllowed(order)


def start_payment(*, order_id: UUID, actor: "User") -> payments.Started:
    """Start or resume the payment of one's own order; staff don't pay for customers.

    Raises OrderNotFound, PermissionDenied, StepNotAllowed.
    """
    order = find_order(order_id=order_id, user=actor)
    if Step.PAY not in _allowed(order, actor):
        raise PermissionDenied
    return payments.start_payment(order_id=order_id)


def _allowed(order: Order, user: "User") -> set[Step]:
    own = CUSTOMER_STEPS if order.customer_id == user.pk else ()
    return {*own, *(STAFF_STEPS if user.is_staff else ())}
