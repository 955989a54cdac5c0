"""Another address or another note for an order that has not left: previewed, then applied once.

Its customer may do so until the parcel is packed, staff until all of it has left. What sending to the new place costs less
goes back; what it costs more staff may waive, and nobody pays later.
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
from orders.actions.changes.changes import OrderMovedOn
from orders.checkout.elsewhere import fees_at
from orders.documents.drawing.letters import require_printable
from orders.emails.queue import write_email
from orders.errors import InvalidInput, OrderError
from orders.lifecycle import changes
from orders.lifecycle.changes import Effect
from orders.lifecycle.parcels import left_of
from orders.lifecycle.transitions import OrderNotFound, lock_order
from orders.models import DetailsChange, EmailKind, Order, OrderChange
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
        "It costs `difference` more to send to the new place, which staff may waive; or less, and the order is not paid, "
        "so that nothing can go back: cancel it, and place another."
    )
    example = {"difference": "5.00"}


@dataclass(frozen=True, kw_only=True)
class Details:
    """What stands in the order from now on, None: what stands there. `why` is for the log and for the customer.

    The two in between are for staff; of a customer they count for nothing.
    """

    address: Mapping[str, str] | None = None
    note: str | None = None
    although_packed: bool = False
    waive: bool = False
    why: str = ""


@dataclass(frozen=True)
class DetailsPreview:
    """What it would do. Its `id` becomes the change's; `back` is what of the shipping goes back to the customer."""

    id: UUID
    order: Order
    based_on: int
    address: dict[str, Any] | None
    note: str | None
    back: Part
    waived: Decimal


def may_be_changed(order: Order, user: "User") -> bool:
    """Whether the user may change its address or note as it is now."""
    if order.status not in OPEN:
        return False
    if order.customer_id == user.pk and not order.packed_at:
        return True  # nothing of it has left, so there is no need to look
    return may(user, OrderRights.REDIRECT) and bool(left_of(order))


def preview_details(*, order_id: UUID, actor: "User", wish: Details) -> DetailsPreview:
    """What the change would do to the order as it is now. Changes nothing.

    Raises OrderNotFound, PermissionDenied, DetailsNotPossible, AlreadyPacked, InvalidInput, LettersNotPrintable,
    TaxWouldDiffer, NotSentThere, ShippingDiffers.
    """
    return _preview(_visible(order_id, actor), actor, wish, uuid7())


@transaction.atomic
def change_details(
    *, order_id: UUID, actor: "User", change_id: UUID, based_on: int, wish: Details
) -> OrderChange:
    """Make the change of a preview, in one transaction; the same id again is the same change.

    Raises what preview_details raises, and OrderMovedOn unless the order has had `based_on` changes.
    """
    _visible(order_id, actor)
    order = lock_order(order_id)
    made = OrderChange.objects.filter(pk=change_id).first()
    if made is not None and made.order_id == order.pk:
        return made
    if made is not None or (had := order.changes.count()) != based_on:
        raise OrderMovedOn(changes=order.changes.count() if made else had)
    shown = _preview(order, actor, wish, change_id)
    if not _is_own(order, actor):
        _log(order, actor, wish, shown)
    return _write(order, actor, wish, shown)


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
    back, waived = Part(NOTHING, None if left.shipping.tax is None else NOTHING), NOTHING
    if address is not None and is_other:
        more = fees_at(order, address, pieces=pieces).difference
        back, waived = _money(order, left.shipping, more, waive=wish.waive and not _is_own(order, actor))
    snapshot = address.snapshot() if address is not None and is_other else None
    return DetailsPreview(change_id, order, left.changes, snapshot, note, back, waived)


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


def _money(order: Order, shipping: Part, more: Decimal, *, waive: bool) -> tuple[Part, Decimal]:
    """What goes back of the shipping that is left, and what the shop pays itself."""
    if (more > 0 and not waive) or (more < 0 and order.status != OrderStatus.PAID):
        raise ShippingDiffers(difference=str(more))
    least = min(max(-more, NOTHING), shipping.amount, returning.money_left(order) if more < 0 else NOTHING)
    return for_amount(shipping, least, currency=order.currency), max(more, NOTHING)


def _log(order: Order, actor: "User", wish: Details, shown: DetailsPreview) -> None:
    use_right(
        actor=actor,
        right=OrderRights.REDIRECT,
        about=order,
        address=shown.address is not None,
        customers_note=shown.note is not None,
        amount=str(shown.back.amount),
        waived=str(shown.waived),
        note=wish.why,
    )


def _write(order: Order, actor: "User", wish: Details, shown: DetailsPreview) -> OrderChange:
    effect = Effect(
        id=shown.id, kind=OrderChange.Kind.DETAILS, lines=(), shipping=shown.back, note=wish.why.strip()
    )
    change = changes.write_change(order=order, based_on=shown.based_on, effect=effect, actor=actor)
    given: dict[str, Any] = {}
    if shown.address is not None:
        given |= {"address_before": order.address_snapshot, "address_after": shown.address}
        order.address_snapshot, order.address_id = shown.address, None
    if shown.note is not None:
        given |= {"note_before": order.note, "note_after": shown.note}
        order.note = shown.note
    DetailsChange.objects.create(change=change, waived=shown.waived, **given)
    order.save(update_fields=["address_snapshot", "address", "note"])
    write_email(order=order, kind=EmailKind.CHANGED, sequence=change.sequence)
    if change.amount:
        returning.refund_change(change, actor=actor)
    return change
