"""Another address or another note for an order that has not left: previewed, then applied once.

Its customer may do so until the parcel is packed, staff until all of it has left. What sending to the new place costs less
goes back; what it costs more staff may waive, or the customer pays it before the change is made.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from uuid_utils.compat import uuid7

from accounts.models import Address
from orders.actions.changes import waiting
from orders.actions.changes.changes import OrderMovedOn
from orders.checkout.elsewhere import fees_at
from orders.checkout.exchanging import place_fee
from orders.documents.drawing.letters import require_printable
from orders.emails.queue import write_email
from orders.errors import InvalidInput, OrderError
from orders.lifecycle import changes
from orders.lifecycle.changes import Effect, NewDetails
from orders.lifecycle.confirmation import confirm_order
from orders.lifecycle.locking import OrderNotFound, lock_order
from orders.lifecycle.parcels import left_of
from orders.models import EmailKind, Order, OrderChange, WaitingChange
from orders.payments import returning
from orders.pricing.left import NOTHING, Part, for_amount, left_of_order
from orders.rights import OrderRights
from orders.status import OrderStatus
from staff.log import use_right
from staff.rights import may, require

if TYPE_CHECKING:
    from accounts.models import User

MAX_WHY = OrderChange._meta.get_field("note").max_length or 0
MAX_NOTE = Order._meta.get_field("note").max_length or 0
OPEN = (OrderStatus.PAY_REQUIRED, OrderStatus.PAID)


class DetailsNotPossible(OrderError):
    """The order is not on its way to be sent, or all of it has left; `order_status` names its status."""

    code = "details_not_possible"
    status = 409
    title = gettext_lazy("Too late to change that")
    message = gettext_lazy("Address and note can be changed until the order is sent.")
    advice = gettext_lazy(
        "Address and note are changed while the order waits for its payment or is paid, and something of it is still here."
    )
    example = {"order_status": "done"}


class AlreadyPacked(OrderError):
    """Papers with the old address are printed: staff have to say that they print them anew, and customers have to ask."""

    code = "already_packed"
    status = 409
    title = gettext_lazy("Already packed")
    message = gettext_lazy(
        "The parcel is packed already, with the old address on it. Please write to us at once."
    )
    advice = gettext_lazy(
        "Packing papers were printed. Staff send `although_packed` and print them anew; customers write to the shop."
    )


class ShippingDiffers(OrderError):
    """Sending to the new place has another price: `difference` is how much more, or less below zero."""

    code = "shipping_differs"
    status = 409
    title = gettext_lazy("Sending there has another price")
    message = gettext_lazy(
        "Sending to that address has another price. Please write to us, or cancel the order and order again."
    )
    advice = gettext_lazy(
        "It costs `difference` more to send to the new place: send `pay`, and the customer of a paid order pays it first; "
        "or staff waive it. Or it costs less, and the order is not paid, so that nothing can go back: cancel it, and place "
        "another."
    )
    example = {"difference": "5.00"}


@dataclass(frozen=True, kw_only=True)
class Details:
    """What stands in the order from now on, None: what stands there. `why` is for the log and for the customer.

    `pay`: what it costs more to send there is paid before the change is made. `although_packed` and `waive` are for staff;
    of a customer they count for nothing.
    """

    address: Mapping[str, str] | None = None
    note: str | None = None
    although_packed: bool = False
    waive: bool = False
    pay: bool = False
    why: str = ""


@dataclass(frozen=True)
class DetailsPreview:
    """What it would do. Its `id` becomes the change's; `back` is what of the shipping goes back to the customer.

    `due` is what the customer pays before it is made.
    """

    id: UUID
    order: Order
    based_on: int
    address: dict[str, Any] | None
    note: str | None
    back: Part
    waived: Decimal
    due: Decimal


def may_be_changed(order: Order, user: "User") -> bool:
    """Whether the user may change its address or note as it is now."""
    if order.status not in OPEN or order.is_fee:
        return False
    if order.customer_id == user.pk and not order.packed_at:
        return True  # nothing of it has left, so there is no need to look
    return may(user, OrderRights.REDIRECT) and bool(left_of(order))


def preview_details(*, order_id: UUID, actor: "User", wish: Details) -> DetailsPreview:
    """What the change would do to the order as it is now. Changes nothing.

    Raises OrderNotFound, PermissionDenied, DetailsNotPossible, AlreadyPacked, InvalidInput, LettersNotPrintable,
    TaxWouldDiffer, OtherCurrency, NotSentThere, ShippingDiffers, and what keeps it from waiting (check_may_wait).
    """
    return _preview(_visible(order_id, actor), actor, wish, uuid7())


@transaction.atomic
def change_details(
    *, order_id: UUID, actor: "User", change_id: UUID, based_on: int, wish: Details
) -> OrderChange | WaitingChange:
    """Make the change of a preview, in one transaction; the same id again is the same change.

    Where it costs more and the customer pays that, an order for it is placed, and the change waits until that is paid.
    Raises what preview_details raises, and OrderMovedOn unless the order has had `based_on` changes.
    """
    _visible(order_id, actor)
    order = lock_order(order_id)
    made = OrderChange.objects.filter(pk=change_id).first()
    if made is not None and made.order_id == order.pk:
        return made
    if begun := order.waiting_changes.filter(change_id=change_id).first():
        return begun
    if made is not None or (had := order.changes.count()) != based_on:
        raise OrderMovedOn(changes=order.changes.count() if made else had)
    shown = _preview(order, actor, wish, change_id)
    if not _is_own(order, actor):
        _log(order, actor, wish, shown)
    return _wait(order, actor, wish, shown) if shown.due else _write(order, actor, wish, shown)


def _visible(order_id: UUID, actor: "User") -> Order:
    """The order, if it is the actor's own, or the actor is staff that may change it."""
    order = Order.objects.visible_to(actor).filter(pk=order_id).first()
    if order is None:
        raise OrderNotFound
    if not _is_own(order, actor):
        require(actor=actor, right=OrderRights.REDIRECT)
    return order


def _is_own(order: Order, actor: "User") -> bool:
    """Whether the actor does it as the order's customer."""
    return order.customer_id == actor.pk and not may(actor, OrderRights.REDIRECT)


def _preview(order: Order, actor: "User", wish: Details, change_id: UUID) -> DetailsPreview:
    pieces = left_of(order)
    if order.status not in OPEN or not pieces or (wish.address is not None and not order.needs_parcel):
        raise DetailsNotPossible(order_status=order.status)
    if order.packed_at and (_is_own(order, actor) or not wish.although_packed):
        raise AlreadyPacked
    note = _note(order, wish)
    address = None if wish.address is None else _address(wish.address)
    is_other = address is not None and any(
        getattr(address, name) != order.address_snapshot.get(name) for name in Address.FIELDS
    )
    if note is None and not is_other:
        raise InvalidInput({"address": [_("That is what stands there.")]})
    require_printable(note or "", *(getattr(address, name) for name in Address.FIELDS if address))
    left = left_of_order(order)
    back = Part(NOTHING, None if left.shipping.tax is None else NOTHING)
    more, waives = NOTHING, wish.waive and not _is_own(order, actor)
    if address is not None and is_other:
        more = fees_at(order, address, pieces=pieces).difference
        _check_money(order, more, is_seen_to=waives or wish.pay)
        back = _back(order, left.shipping, -more)
    snapshot = address.snapshot() if address is not None and is_other else None
    more = max(more, NOTHING)
    waived, due = (more, NOTHING) if waives else (NOTHING, more)
    if due:
        waiting.check_may_wait(order, due)
    return DetailsPreview(change_id, order, left.changes, snapshot, note, back, waived, due)


def _note(order: Order, wish: Details) -> str | None:
    """The new note; None where the old one stays."""
    if len(wish.why) > MAX_WHY:
        raise InvalidInput({"why": [_("At most %(most)d characters.") % {"most": MAX_WHY}]})
    note = None if wish.note is None else wish.note.replace("\0", "").strip()
    if note is not None and len(note) > MAX_NOTE:
        raise InvalidInput({"note": [_("At most %(most)d characters.") % {"most": MAX_NOTE}]})
    return None if note == order.note else note


def _address(given: Mapping[str, str]) -> Address:
    """Held against the rules of its country, as every other. Raises InvalidInput."""
    address = Address(
        **{name: str(given.get(name) or "").replace("\0", "").strip() for name in Address.FIELDS}
    )
    try:
        address.clean_fields(exclude=["user"])
        address.clean()
    except ValidationError as error:
        raise InvalidInput(
            {f"address.{name}": texts for name, texts in error.message_dict.items()}
        ) from error
    return address


def _check_money(order: Order, more: Decimal, *, is_seen_to: bool) -> None:
    """Raise what keeps sending there from having another price: only what is paid gives back, or has more paid for it."""
    if (more > 0 and not is_seen_to) or (more and order.status != OrderStatus.PAID):
        raise ShippingDiffers(difference=str(more))


def _back(order: Order, shipping: Part, less: Decimal) -> Part:
    """What goes back of the shipping that is left."""
    least = min(less, shipping.amount, returning.money_left(order)) if less > 0 else NOTHING
    return for_amount(shipping, least, currency=order.currency)


def _log(order: Order, actor: "User", wish: Details, shown: DetailsPreview) -> None:
    use_right(
        actor=actor,
        right=OrderRights.REDIRECT,
        about=order,
        address=shown.address is not None,
        customers_note=shown.note is not None,
        amount=str(shown.back.amount),
        waived=str(shown.waived),
        **({"due": str(shown.due)} if shown.due else {}),
        note=wish.why,
    )


def _write(order: Order, actor: "User", wish: Details, shown: DetailsPreview) -> OrderChange:
    effect = Effect(
        id=shown.id, kind=OrderChange.Kind.DETAILS, lines=(), shipping=shown.back, note=wish.why.strip()
    )
    change = changes.write_details(
        order=order,
        based_on=shown.based_on,
        effect=effect,
        actor=actor,
        new=NewDetails(address=shown.address, note=shown.note, waived=shown.waived),
    )
    write_email(order=order, kind=EmailKind.CHANGED, sequence=change.sequence)
    if change.amount:
        returning.refund_change(change, actor=actor)
    return change


def _wait(order: Order, actor: "User", wish: Details, shown: DetailsPreview) -> WaitingChange:
    """The change waits for an order that has what sending there costs more, and what is to stand in this one."""
    assert shown.address is not None, "a note costs nothing"
    note = order.note if shown.note is None else shown.note
    fee = place_fee(of=order, address=shown.address, note=note, fee=shown.due)
    agreed = WaitingChange(
        order=order,
        supplement=confirm_order(order_id=fee.pk),
        change_id=shown.id,
        kind=OrderChange.Kind.DETAILS,
        based_on=shown.based_on,
        actor=actor,
        note=wish.why.strip(),
    )
    return waiting.begin(agreed)
