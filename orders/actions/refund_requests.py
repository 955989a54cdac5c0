"""The customer's own refund: at once, on request, or not at all; and what staff do about a request.

Also what is sold with a refund at once has to be asked for once its code was seen or its parcel is packed.
"""

from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.refunds import RefundPolicy
from orders.actions import cancellation
from orders.emails.queue import write_email
from orders.errors import InvalidInput, OrderError
from orders.lifecycle import requests
from orders.lifecycle.locking import lock_order
from orders.lifecycle.transitions import StepNotAllowed
from orders.models import EmailKind, Order, RefundRequest
from orders.rights import OrderRights
from orders.status import OrderStatus, Reason
from staff.log import use_right
from staff.rights import may

if TYPE_CHECKING:
    from accounts.models import User


class RefundNotOffered(OrderError):
    """Something in the order was sold without a refund by the customer; staff may refund it all the same."""

    code = "refund_not_offered"
    status = 409
    title = gettext_lazy("No refund")
    message = gettext_lazy("Something in this order was sold without a refund. Please write to us.")
    advice = gettext_lazy(
        "`refunds` of the order is `none`: the customer can't cancel it once it is paid. The shop's staff can."
    )


class RequestDecided(OrderError):
    """Said at the desk alone: somebody else was quicker, or the order went on."""

    message = gettext_lazy("This request is not open any more.")


@transaction.atomic
def refund_own(*, order_id: UUID, actor: "User", note: str = "") -> Order:
    """What the customer's Refund does with an own order: the refund, or a request that staff decide about.

    A second request beside an open one is the same. A member of staff who may refund needs no request for an own order:
    that is a decision of the shop then, and in the log. Raises OrderNotFound, StepNotAllowed, RefundNotOffered.
    """
    order = lock_order(order_id)
    if order.status != OrderStatus.PAID:
        raise StepNotAllowed(order)
    policy = order.refunds(order.lines.all())
    if policy == RefundPolicy.IMMEDIATE:
        return cancellation.ask_refund(order_id=order_id, actor=actor, reason=Reason.CUSTOMER_WISH, note=note)
    if may(actor, OrderRights.ASK_REFUND):
        return cancellation.ask_refund(
            order_id=order_id, actor=actor, reason=Reason.STAFF_DECISION, note=note
        )
    if policy == RefundPolicy.NONE:
        raise RefundNotOffered
    _request, is_new = RefundRequest.objects.get_or_create(
        order=order, state=RefundRequest.State.OPEN, defaults={"asked_by": actor, "note": note}
    )
    if is_new:
        requests.opened(order, requests.REFUND, actor=actor)
    return order


@transaction.atomic
def accept(*, request_id: int, actor: "User", note: str = "") -> RefundRequest:
    """Refund the order, as staff may always do; that accepts its request.

    Raises PermissionDenied, RequestDecided, StepNotAllowed.
    """
    request = _open_request(request_id)
    cancellation.ask_refund(order_id=request.order_id, actor=actor, reason=Reason.STAFF_DECISION, note=note)
    request.refresh_from_db()
    return request


@transaction.atomic
def decline(*, request_id: int, actor: "User", note: str) -> RefundRequest:
    """Say no, and why, which the customer is told by email; the order stays Paid.

    Raises PermissionDenied, RequestDecided, InvalidInput without a reason.
    """
    request = _open_request(request_id)
    use_right(actor=actor, right=OrderRights.ASK_REFUND, about=request.order, declined=note)
    if not note.strip():
        raise InvalidInput({"note": [_("Say why: the customer is told.")]})
    request.state, request.answer = RefundRequest.State.DECLINED, note
    request.decided_by, request.decided_at = actor, timezone.now()
    request.save(update_fields=["state", "answer", "decided_by", "decided_at"])
    write_email(order=request.order, kind=EmailKind.REFUND_DECLINED, sequence=request.pk)
    requests.answered(request.order, requests.REFUND, actor=actor, state=request.state)
    return request


def _open_request(request_id: int) -> RefundRequest:
    """A request, its order locked, that is open still."""
    order = lock_order(RefundRequest.objects.values_list("order", flat=True).get(pk=request_id))
    request = RefundRequest.objects.get(pk=request_id)
    if request.state != RefundRequest.State.OPEN:
        raise RequestDecided
    request.order = order
    return request
