"""What people may do to an order, through any door: who may, and which call does it."""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from database.rows import Found, find_one, find_together, rows_with
from orders.actions import cancellation, refund_requests, tracking
from orders.lifecycle.locking import OrderNotFound
from orders.lifecycle.transitions import StepNotAllowed, change_status
from orders.models import Order, OrderLine
from orders.rights import STEP_RIGHTS, OrderRights
from orders.status import CUSTOMER_STEPS, Reason, Step, possible_steps
from staff.rights import PermissionDenied, may, require

if TYPE_CHECKING:
    from accounts.models import User


BY_ID = "WHERE orders_order.id = %s"


def find_order(*, order_id: UUID, user: "User") -> Order:
    """An order that the user may see. Raises OrderNotFound, for other people's orders too."""
    return _seen_by(user, find_one(Order, BY_ID, [order_id]))


def find_order_with(*more: Found, order_id: UUID, user: "User") -> tuple[Order, list[list[Any]]]:
    """The same with its courier, and rows that are read in the same round trip: the caller shows them with the order."""
    orders, *found = find_together(rows_with(Order, "courier", BY_ID, [order_id]), *more)
    return _seen_by(user, next(iter(orders), None)), found


def _seen_by(user: "User", order: Order | None) -> Order:
    """For one's own order no right is asked for."""
    if order is None or (order.customer_id != user.pk and not may(user, OrderRights.VIEW)):
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
    """The user's own orders, or everybody's for staff who may see them, the newest first.

    They may be narrowed to statuses, to those placed from `placed_after` on and before `placed_before`, and to those
    with a line of the product with that SKU. Raises PermissionDenied.
    """
    if everybody:
        require(actor=user, right=OrderRights.VIEW)
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
    allowed = allowed_steps(order, user)
    return [step for step in possible_steps(order.status) if step in allowed]


def take_step(*, order_id: UUID, step: Step, actor: "User", note: str = "", tracking_code: str = "") -> Order:
    """Cancel, complete, or ask for a refund, as the customer or as staff; completing may carry a tracking code.

    A customer's refund may only be a request (refund_requests.py). Raises OrderNotFound, PermissionDenied, InvalidInput,
    RefundNotOffered, OrderDisputed, RefundRequested, or StepNotAllowed when the order's status does not allow it.
    """
    order = find_order(order_id=order_id, user=actor)
    if step not in allowed_steps(order, actor):
        raise PermissionDenied
    reason = _as_what(order, step, actor)
    if step == Step.CANCEL:
        return cancellation.cancel_order(order_id=order_id, actor=actor, reason=reason, note=note)
    if step == Step.ASK_REFUND and reason == Reason.CUSTOMER_WISH:
        return refund_requests.refund_own(order_id=order_id, actor=actor, note=note)
    if step == Step.ASK_REFUND:
        return cancellation.ask_refund(order_id=order_id, actor=actor, reason=reason, note=note)
    if step == Step.COMPLETE:
        code = tracking.cleaned(tracking_code)
        return change_status(
            order_id=order_id, step=step, reason=reason, actor=actor, note=note, tracking_code=code
        )
    raise StepNotAllowed(order)


def allowed_steps(order: Order, user: "User") -> set[Step]:
    """The steps that the user may take with the order in some status."""
    own = CUSTOMER_STEPS if order.customer_id == user.pk else ()
    return {*own, *(step for step, right in STEP_RIGHTS.items() if may(user, right))}


def _as_what(order: Order, step: Step, actor: "User") -> Reason:
    """A customer's own step is the customer's wish, also when they work here; all else is done by the shop."""
    is_own = order.customer_id == actor.pk and step in CUSTOMER_STEPS
    return Reason.CUSTOMER_WISH if is_own else Reason.STAFF_DECISION
