"""Sending an order in parcels: what leaves now, and what is left; the order is Done when the last one leaves."""

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.actions.tracking import cleaned
from orders.emails.queue import write_email
from orders.errors import InvalidInput, OrderError
from orders.events.hints import announce
from orders.lifecycle.locking import lock_order
from orders.lifecycle.parcels import Parcel, check_days, left_of, write_parcel
from orders.lifecycle.transitions import StepNotAllowed, change_locked, check_can_be_sent
from orders.models import (
    CASH_AT_PICKUP,
    CASH_ON_DELIVERY,
    IN_PROGRESS,
    Courier,
    EmailKind,
    Order,
    ReadyNotice,
)
from orders.rights import OrderRights
from orders.status import OrderStatus, Reason, Step
from staff.log import use_right
from staff.rights import require

if TYPE_CHECKING:
    from accounts.models import User

# A parcel of a tonne is a mistake in the unit.
MAX_WEIGHT_G = 1_000_000
MAX_REASON = 500


class MoreThanLeft(OrderError):
    """Another member of staff has sent some of it, or the page is old."""

    code = "more_than_left"
    status = 409
    title = gettext_lazy("More than is left to send")
    message = gettext_lazy("Some of this was sent meanwhile. Look at what is left, and send that.")
    advice = gettext_lazy(
        "Fewer pieces are left to send than were to be in the parcel. Read the order again."
    )


class AlreadyReady(OrderError):
    """Another member of staff has told the customer."""

    code = "already_ready"
    status = 409
    title = gettext_lazy("Ready already")
    message = gettext_lazy("The customer knows already that this order can be picked up.")
    advice = gettext_lazy("It is told once that an order can be picked up. Read the order again.")


@transaction.atomic
def tell_ready(*, order_id: UUID, actor: "User") -> Order:
    """Tell the customer that the order is packed and can be picked up. It is handed over by `send_parcel`.

    What is paid when it is picked up may be told of before. Raises OrderNotFound, PermissionDenied, OrderDisputed,
    RefundRequested, ChangeAwaited, AlreadyReady, StepNotAllowed, PreorderAwaited.
    """
    order = lock_order(order_id)
    use_right(actor=actor, right=OrderRights.SEND, about=order, ready=True)
    if not may_be_ready(order):
        raise StepNotAllowed(order)
    if is_told(order):
        raise AlreadyReady
    check_can_be_sent(order, "")
    check_days(order, left_of(order))
    ReadyNotice.objects.create(order=order, actor=actor)
    if order.packed_at is None:
        order.packed_at = timezone.now()
        order.save(update_fields=["packed_at"])
    write_email(order=order, kind=EmailKind.READY, sequence=0)
    announce(order_id=order.pk, customer_id=order.customer_id)
    return order


def may_be_ready(order: Order) -> bool:
    """Whether it may be told that an order can be picked up: it is paid, or will be when it is fetched."""
    return order.is_pickup and _is_paid_or(order, CASH_AT_PICKUP)


def is_told(order: Order) -> bool:
    """Whether its customer was told that it can be picked up."""
    return ReadyNotice.objects.filter(order=order).exists()


@transaction.atomic
def send_parcel(
    *, order_id: UUID, actor: "User", parcel: Parcel, note: str = "", after: int | None = None
) -> Order:
    """Send pieces of an order, by the id of its line, in one parcel; with the last of them the order is Done.

    `after` is how many parcels had been sent when this one was packed (if it is known): a second click sends nothing.

    An order that the courier takes the money for may be sent before it is paid. The weight is in grams. Raises
    OrderNotFound, PermissionDenied, InvalidInput, MoreThanLeft, OrderDisputed, RefundRequested, StepNotAllowed,
    ChangeAwaited for what a change waits for that its customer pays, and PreorderAwaited for what is not sent yet.
    """
    order = lock_order(order_id)
    pieces = {line: quantity for line, quantity in parcel.pieces.items() if quantity}
    parcel = replace(parcel, pieces=pieces, tracking_code=cleaned(parcel.tracking_code))
    _log(order, parcel, actor, note)
    _check(order, parcel, note)
    left = left_of(order)
    is_another = after is not None and order.shipments.count() != after
    if is_another or any(quantity > left.get(line, 0) for line, quantity in pieces.items()):
        raise MoreThanLeft
    if order.status == OrderStatus.PAID and pieces == left:
        reason = Reason.ALL_SENT
        return change_locked(
            order=order, step=Step.COMPLETE, reason=reason, actor=actor, note=note, parcel=parcel
        )
    write_parcel(order, parcel, actor=actor, completes=False)
    announce(order_id=order.pk, customer_id=order.customer_id)
    return order


def _log(order: Order, parcel: Parcel, actor: "User", note: str) -> None:
    use_right(
        actor=actor,
        right=OrderRights.SEND,
        about=order,
        pieces={str(line): quantity for line, quantity in parcel.pieces.items()},
        tracking_code=parcel.tracking_code,
        weight_g=parcel.weight_g,
        note=note,
        **({"early": parcel.early} if parcel.early else {}),
    )


@transaction.atomic
def end_early(*, order_id: UUID, actor: "User", note: str) -> Order:
    """Mark an order as done though not all of it was sent; what is left stays here. The note says why.

    Raises OrderNotFound, PermissionDenied, InvalidInput, OrderDisputed, RefundRequested, ChangeAwaited, StepNotAllowed.
    """
    order = lock_order(order_id)
    require(actor=actor, right=OrderRights.COMPLETE)
    if not note.strip():
        text = _("Write down why not all of it is sent.")
        raise InvalidInput(
            {"note": [_("Write down why not all of it is handed over.") if order.is_pickup else text]}
        )
    last = order.shipments.last()
    return change_locked(
        order=order,
        step=Step.COMPLETE,
        reason=Reason.STAFF_DECISION,
        actor=actor,
        note=note,
        parcel=Parcel(tracking_code=last.tracking_code if last else "", stays=True),
    )


def may_be_sent(order: Order) -> bool:
    """Whether parcels may leave: the order is paid, or the courier takes the money."""
    return order.needs_parcel and _is_paid_or(order, CASH_ON_DELIVERY)


def _is_paid_or(order: Order, variant: str) -> bool:
    """Whether the order is paid, or waits for money in this way."""
    if order.status != OrderStatus.PAY_REQUIRED:
        return bool(order.status == OrderStatus.PAID)
    return order.payments.filter(variant=variant, status__in=IN_PROGRESS).exists()


def _check(order: Order, parcel: Parcel, note: str) -> None:
    if not may_be_sent(order):
        raise StepNotAllowed(order)
    errors = {}
    if len(parcel.early) > MAX_REASON:
        errors["early"] = [_("At most %(most)d characters.") % {"most": MAX_REASON}]
    if not parcel.pieces or min(parcel.pieces.values()) < 0:
        text = (
            _("Say how many pieces are handed over.")
            if order.is_pickup
            else _("Say how many pieces are in the parcel.")
        )
        errors["pieces"] = [text]
    if parcel.weight_g is not None and not 0 < parcel.weight_g <= MAX_WEIGHT_G:
        errors["weight_g"] = [_("Enter the weight in grams.")]
    if parcel.courier_id is not None and not Courier.objects.filter(pk=parcel.courier_id).exists():
        errors["courier_id"] = [_("There is no such courier.")]
    if errors:
        raise InvalidInput(errors)
    check_can_be_sent(order, note, parcel.pieces)
