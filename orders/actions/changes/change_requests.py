"""Customers ask to cancel a part, to return, to exchange, to withdraw; staff accept, which makes it, or say why not."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import Product
from catalog.refunds import RefundPolicy
from orders.actions.changes import accepting, changes
from orders.actions.changes.accepting import PLAIN, Terms
from orders.actions.changes.offers import check_wished
from orders.emails.queue import write_email
from orders.errors import InvalidInput, OrderError
from orders.lifecycle import requests
from orders.lifecycle.locking import OrderNotFound, lock_order
from orders.models import ChangeRequest, EmailKind, Order, RequestedLine
from orders.pricing.left import LineLeft, left_of_order
from orders.rights import OrderRights
from orders.status import OrderStatus
from staff.log import use_right
from staff.rights import require

if TYPE_CHECKING:
    from accounts.models import User

Kind, State = ChangeRequest.Kind, ChangeRequest.State
MAX_NOTE = ChangeRequest._meta.get_field("note").max_length or 0


class RequestNotPossible(OrderError):
    """The order's status does not allow it, the time for it is over, or something else is asked for already."""

    code = "request_not_possible"
    status = 409
    title = gettext_lazy("This can't be requested")
    message = gettext_lazy("This is not possible for your order any more. Please write to us.")
    advice = gettext_lazy("The order's status or the time since its delivery does not allow this request.")


class RequestAnswered(OrderError):
    """Somebody else was quicker, or the order went on."""

    code = "request_answered"
    status = 409
    title = gettext_lazy("Answered already")
    message = gettext_lazy("This request is not open any more.")
    advice = gettext_lazy("The order has no open request: it was answered meanwhile, or there was none.")


def withdraw_until(order: Order) -> datetime | None:
    """Until when the customer may withdraw; None where the shop does not offer it, or before the order is done."""
    days = settings.WITHDRAWAL_DAYS
    return order.status_since + timedelta(days=days) if days and order.status == OrderStatus.DONE else None


def kinds_for(order: Order) -> list[ChangeRequest.Kind]:
    """What the order's customer may ask for now."""
    if order.change_requests.filter(state=State.OPEN).exists() or not requestable(order):
        return []
    if order.status == OrderStatus.PAID:
        return [Kind.CANCEL]
    until = withdraw_until(order)
    if until and timezone.now() < until:
        return [Kind.WITHDRAW, Kind.RETURN]
    return [Kind.RETURN] if order.status == OrderStatus.DONE else []


def requestable(order: Order) -> list[LineLeft]:
    """The lines of which pieces may be asked for, so many each: what was sold without a refund may not.

    Nor may what of an order that goes on was sent already: that is returned once all of it is.
    """
    gone = order.status == OrderStatus.PAID
    lines = (replace(one, quantity=one.quantity - one.line.sent * gone) for one in left_of_order(order).lines)
    return [one for one in lines if one.quantity > 0 and one.line.refunds != RefundPolicy.NONE]


def quantities_of(order: Order, by_sku: Mapping[str, int]) -> dict[int, int]:
    """The same by the lines' ids, which an order's SKUs name. Raises InvalidInput."""
    lines = dict(order.lines.values_list("sku", "pk"))
    if unknown := set(by_sku) - set(lines):
        text = _("The order has no such line: %(skus)s") % {"skus": ", ".join(sorted(unknown))}
        raise InvalidInput({"lines": [text]})
    return {lines[sku]: quantity for sku, quantity in by_sku.items()}


@transaction.atomic
def ask(
    *,
    order_id: UUID,
    actor: "User",
    kind: ChangeRequest.Kind,
    quantities: Mapping[int, int],
    note: str = "",
    wished: Mapping[int, str] | None = None,
) -> ChangeRequest:
    """Ask for pieces of the actor's own order, by the lines' ids; confirmed by email with date and time.

    `wished` are SKUs of variants that the customer would like for a line's pieces, in the place of money; they are not kept
    for them. To withdraw takes no reason. Raises OrderNotFound, RequestNotPossible, InvalidInput, InsufficientStock.
    """
    if not Order.objects.filter(pk=order_id, customer=actor).exists():
        raise OrderNotFound
    order = lock_order(order_id)
    if kind not in kinds_for(order):
        raise RequestNotPossible
    lines = _chosen(requestable(order), quantities)
    if len(note) > MAX_NOTE:
        raise InvalidInput({"note": [_("At most %(most)d characters.") % {"most": MAX_NOTE}]})
    variants = _variants(order, kind, lines, wished or {})
    request = ChangeRequest.objects.create(order=order, kind=kind, asked_by=actor, note=note.strip())
    for one, quantity in lines:
        RequestedLine.objects.create(
            request=request, line=one.line, quantity=quantity, exchange_for=variants.get(one.line.pk)
        )
    write_email(order=order, kind=EmailKind.REQUEST_RECEIVED, sequence=request.pk)
    requests.opened(order, request.kind, actor=actor)
    return request


def _variants(
    order: Order,
    kind: ChangeRequest.Kind,
    lines: Collection[tuple[LineLeft, int]],
    wished: Mapping[int, str],
) -> dict[int, Product]:
    """What is wished for the chosen lines."""
    quantities = {one.line.pk: quantity for one, quantity in lines}
    wanted = {line: sku for line, sku in wished.items() if sku and line in quantities}
    if wanted and kind == Kind.WITHDRAW:
        raise InvalidInput({"kind": [_("Who withdraws gets the money back. Ask for a return to exchange.")]})
    return check_wished(order, quantities, wanted) if wanted else {}


def _chosen(lines: Collection[LineLeft], quantities: Mapping[int, int]) -> list[tuple[LineLeft, int]]:
    chosen = [(one, quantities.get(one.line.pk, 0)) for one in lines]
    wrong = {
        f"lines.{one.line.sku}": [_("At most %(most)d are left.") % {"most": one.quantity}]
        for one, quantity in chosen
        if not 0 <= quantity <= one.quantity
    }
    if unknown := {pk for pk, quantity in quantities.items() if quantity} - {one.line.pk for one in lines}:
        wrong["lines"] = [_("%(count)d of these can't be returned.") % {"count": len(unknown)}]
    chosen = [(one, quantity) for one, quantity in chosen if quantity]
    if wrong or not chosen:
        raise InvalidInput(wrong or {"lines": [_("Choose at least one piece.")]})
    return chosen


# --- the answer ------------------------------------------------------------------------------------------------------


@transaction.atomic
def accept(
    *, request_id: int, actor: "User", change_id: UUID, based_on: int, terms: Terms = PLAIN
) -> ChangeRequest:
    """Make what was asked for, by its preview: all of it, or nothing.

    Raises PermissionDenied, RequestAnswered, OrderMovedOn unless the order has had `based_on` changes, and what
    `apply_change` and `make_exchange` raise.
    """
    request = _open_request(request_id, actor)
    # First, as an order with an open request can't be sent, nor be done with its last piece exchanged.
    request.state, request.answer = State.ACCEPTED, terms.note.strip()
    request.decided_by, request.decided_at = actor, timezone.now()
    request.save(update_fields=["state", "answer", "decided_by", "decided_at"])
    # A change that ends the order has accepted it without naming itself; nor does one that waits for its difference.
    request.change = accepting.make(request, actor=actor, change_id=change_id, based_on=based_on, terms=terms)
    request.save(update_fields=["change"])
    requests.answered(request.order, request.kind, actor=actor, state=request.state)
    return request


@transaction.atomic
def decline(*, request_id: int, actor: "User", note: str) -> ChangeRequest:
    """Say no, and why, which the customer is told by email. Raises PermissionDenied, RequestAnswered, InvalidInput."""
    request = _open_request(request_id, actor)
    use_right(actor=actor, right=_right(request), about=request.order, declined=note)
    if not note.strip():
        raise InvalidInput({"note": [_("Say why: the customer is told.")]})
    request.state, request.answer = State.DECLINED, note
    request.decided_by, request.decided_at = actor, timezone.now()
    request.save(update_fields=["state", "answer", "decided_by", "decided_at"])
    write_email(order=request.order, kind=EmailKind.REQUEST_DECLINED, sequence=request.pk)
    requests.answered(request.order, request.kind, actor=actor, state=request.state)
    return request


def open_one(*, order_id: UUID, actor: "User") -> int:
    """The order's open request, by its id. Raises OrderNotFound, RequestAnswered."""
    order = Order.objects.visible_to(actor).filter(pk=order_id).first()
    if order is None:
        raise OrderNotFound
    asked = ChangeRequest.objects.filter(order=order, state=State.OPEN).first()
    if asked is None:
        raise RequestAnswered
    return asked.pk


def _right(request: ChangeRequest) -> OrderRights:
    return changes.RIGHTS[accepting.kind_of(request)]


def _open_request(request_id: int, actor: "User") -> ChangeRequest:
    """A request, its order locked, that is open still and that the actor may answer."""
    order = lock_order(ChangeRequest.objects.values_list("order", flat=True).get(pk=request_id))
    request = ChangeRequest.objects.get(pk=request_id)
    request.order = order
    require(actor=actor, right=_right(request))
    if request.state != State.OPEN:
        raise RequestAnswered
    return request
