"""Changes of an order after it was paid, by staff: previewed from what is left of it, then applied once.

Giving money back without goods; canceling pieces before they are sent; taking pieces back afterwards. A Paid order of which
nothing is left goes on to Refund and Canceled like every other; a Done order stays Done.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from uuid_utils.compat import uuid7

from catalog.models import Product
from catalog.money import smallest, written
from orders.actions import cancellation
from orders.emails.queue import write_email
from orders.errors import InvalidInput, OrderError
from orders.gift_cards.issuing import untouched
from orders.gift_cards.spending import credit_of, lock_cards
from orders.lifecycle import changes
from orders.lifecycle.changes import Effect, LinePart
from orders.lifecycle.locking import OrderNotFound, lock_order
from orders.models import EmailKind, Order, OrderChange
from orders.payments import returning
from orders.pricing.left import NOTHING, Left, LineLeft, Part, for_amount, for_pieces, left_of_order
from orders.rights import OrderRights
from orders.status import OrderStatus, Reason
from staff.log import use_right
from staff.rights import require

if TYPE_CHECKING:
    from accounts.models import User

Kind = OrderChange.Kind
RIGHTS = {
    Kind.REFUND: OrderRights.REFUND_PART,
    Kind.CANCEL: OrderRights.CANCEL_PIECES,
    Kind.RETURN: OrderRights.TAKE_RETURN,
}
# What is sent can't be canceled, and what is not can't come back.
POSSIBLE_IN = {
    Kind.REFUND: (OrderStatus.PAID, OrderStatus.DONE),
    Kind.CANCEL: (OrderStatus.PAID,),
    Kind.RETURN: (OrderStatus.DONE,),
}
MAX_NOTE = OrderChange._meta.get_field("note").max_length or 0
# More than any amount that the database holds; what is beyond it can't be divided by the currency's smallest unit.
TOO_MUCH = Decimal(10) ** 16


class ChangeNotPossible(OrderError):
    """The order's status does not allow a change of this kind; `order_status` names it."""

    code = "change_not_possible"
    status = 409
    title = gettext_lazy("Not possible in this status")
    message = gettext_lazy("This change is not possible for the order as it is.")
    advice = gettext_lazy(
        "Pieces are canceled while an order is paid, and come back once it is done. `order_status` is where it is by now."
    )
    example = {"order_status": "pay_required"}


class OrderMovedOn(OrderError):
    """Somebody else has changed the order since the preview; `changes` is how many changes it has had by now."""

    code = "order_moved_on"
    status = 409
    title = gettext_lazy("The order was changed meanwhile")
    message = gettext_lazy("The order was changed meanwhile. Look at what is left of it, and try again.")
    advice = gettext_lazy("Preview the change again: it is computed from what is left of the order by now.")
    example = {"changes": 2}


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What staff want: pieces by SKU, which of them are for sale again, money of the shipping, or money without goods.

    `to_credit`: what a provider has becomes store credit of the customer.
    """

    kind: OrderChange.Kind
    quantities: Mapping[str, int] = field(default_factory=dict)
    restocked: Collection[str] = ()
    amount: Decimal = NOTHING
    shipping: Decimal = NOTHING
    note: str = ""
    to_credit: bool = False


@dataclass(frozen=True)
class Preview:
    """What a change would do. Its `id` becomes the change's, and `left` is what is left of the order before it."""

    id: UUID
    wish: Wish
    effect: Effect
    left: Left

    @property
    def based_on(self) -> int:
        return self.left.changes

    @property
    def ends(self) -> bool:
        """Whether nothing would be left of the order, so that it ends."""
        return _is_all(self.left, self.wish)


def kinds_for(order: Order) -> list[OrderChange.Kind]:
    """The kinds of change that are possible in the order's status."""
    return [kind for kind, statuses in POSSIBLE_IN.items() if order.status in statuses]


def preview_change(*, order_id: UUID, actor: "User", wish: Wish) -> Preview:
    """What the change would do to the order as it is now. Changes nothing.

    Raises PermissionDenied, OrderNotFound, ChangeNotPossible, InvalidInput.
    """
    return _preview(_visible(order_id, actor, wish), wish, uuid7())


@transaction.atomic
def apply_change(*, order_id: UUID, actor: "User", change_id: UUID, based_on: int, wish: Wish) -> OrderChange:
    """Make the change of a preview, in one transaction; the same id again is the same change.

    Raises PermissionDenied, OrderNotFound, ChangeNotPossible, InvalidInput, and OrderMovedOn unless the order has had
    `based_on` changes, as when it was previewed.
    """
    _visible(order_id, actor, wish)
    order = lock_order(order_id)
    if made := OrderChange.objects.filter(pk=change_id).first():
        return _same(made, order)
    if (had := order.changes.count()) != based_on:
        raise OrderMovedOn(changes=had)
    preview = _preview(order, wish, change_id)
    effect = preview.effect
    use_right(
        actor=actor,
        right=RIGHTS[wish.kind],
        about=order,
        amount=str(effect.amount),
        pieces={one.line.sku: one.quantity for one in effect.lines if one.quantity},
        note=wish.note,
    )
    # Cards come before products (docs/locks.md).
    credit = [credit_of(order.customer, order.currency)] if wish.to_credit else []
    lock_cards(order, *credit)
    change = changes.write_change(order=order, based_on=based_on, effect=effect, actor=actor)
    write_email(order=order, kind=EmailKind.CHANGED, sequence=change.sequence)
    if preview.ends:
        # Whoever made the change is shown what the order is by now.
        change.order = cancellation.ask_refund(
            order_id=order_id,
            actor=actor,
            reason=Reason.STAFF_DECISION,
            note=wish.note,
            to_credit=wish.to_credit,
        )
    else:
        returning.refund_change(change, actor=actor, to_credit=wish.to_credit)
    return change


def _visible(order_id: UUID, actor: "User", wish: Wish) -> Order:
    """The order, if the actor may see it and make a change of this kind."""
    order = Order.objects.visible_to(actor).filter(pk=order_id).first()
    if order is None:
        raise OrderNotFound
    require(actor=actor, right=RIGHTS[wish.kind])
    return order


def _same(made: OrderChange, order: Order) -> OrderChange:
    """A change that was made before, if it is this order's."""
    if made.order_id != order.pk:
        raise OrderMovedOn(changes=order.changes.count())
    return made


def _preview(order: Order, wish: Wish, change_id: UUID) -> Preview:
    if order.status not in POSSIBLE_IN[wish.kind]:
        raise ChangeNotPossible(order_status=order.status)
    left = left_of_order(order)
    _check_words(left, wish)
    effect = (
        _without_goods(left, wish, change_id) if wish.kind == Kind.REFUND else _pieces(left, wish, change_id)
    )
    most = returning.money_left(order)
    if effect.amount > most:
        raise _wrong("amount", _at_most(most, order.currency))
    return Preview(change_id, wish, effect, left)


def _check_words(left: Left, wish: Wish) -> None:
    """Raise InvalidInput for what is wrong whatever is left."""
    unit = smallest(left.order.currency)
    for name in ("amount", "shipping"):
        amount: Decimal = getattr(wish, name)
        if not amount.is_finite() or not 0 <= amount < TOO_MUCH or amount % unit:
            raise _wrong(name, _("This is no amount of money."))
    if not wish.note.strip() or len(wish.note) > MAX_NOTE:
        raise _wrong("note", _("Say why, in at most %(most)d characters.") % {"most": MAX_NOTE})
    if unknown := set(wish.quantities) - {one.line.sku for one in left.lines}:
        raise _wrong(
            "lines", _("The order has no such line: %(skus)s") % {"skus": ", ".join(sorted(unknown))}
        )


def _without_goods(left: Left, wish: Wish, change_id: UUID) -> Effect:
    most = min(left.amount, returning.money_left(left.order))
    if not 0 < wish.amount <= most:
        raise _wrong("amount", _at_most(most, left.order.currency))
    if wish.amount == left.amount and left.order.status == OrderStatus.PAID:
        raise _wrong("amount", _("That is all that was paid. Cancel and refund the order instead."))
    return changes.without_goods(
        left, wish.amount, kind=wish.kind, change_id=change_id, note=wish.note.strip()
    )


def _pieces(left: Left, wish: Wish, change_id: UUID) -> Effect:
    """Pieces that go, with the money for them, and as much of the shipping as is wished; all of it with the last piece."""
    currency = left.order.currency
    chosen = [(one, wish.quantities.get(one.line.sku, 0)) for one in left.lines]
    wanted = {one.line.product_id for one, quantity in chosen if quantity}
    cards = set(Product.objects.filter(pk__in=wanted, is_gift_card=True).values_list("pk", flat=True))
    for one, quantity in chosen:
        # What is sent can't be canceled any more.
        most = one.quantity - (one.line.sent if wish.kind == Kind.CANCEL else 0)
        if quantity and one.line.product_id in cards:
            most = min(most, untouched(one.line))
        if not 0 <= quantity <= most:
            raise _wrong(f"lines.{one.line.sku}", _("At most %(most)d are left.") % {"most": most})
    if not any(quantity for _one, quantity in chosen):
        raise _wrong("lines", _("Choose at least one piece."))
    is_all = _is_all(left, wish)
    shipping = left.shipping.amount if is_all else wish.shipping
    if shipping > left.shipping.amount:
        raise _wrong("shipping", _at_most(left.shipping.amount, currency))
    return Effect(
        id=change_id,
        kind=wish.kind,
        lines=tuple(
            _line(one, quantity, wish, currency)
            for one, quantity in chosen
            if quantity or (is_all and one.amount)
        ),
        shipping=for_amount(left.shipping, shipping, currency=currency),
        note=wish.note.strip(),
    )


def _line(one: LineLeft, quantity: int, wish: Wish, currency: str) -> LinePart:
    # What was never sent is on the shelf.
    restocked = wish.kind == Kind.CANCEL or one.line.sku in wish.restocked
    part = for_pieces(one, quantity, currency=currency) if quantity else Part(one.amount, one.tax)
    return LinePart(one.line, part, quantity, restocked and bool(quantity))


def _is_all(left: Left, wish: Wish) -> bool:
    """Whether these are the last pieces of an order that is not sent."""
    return wish.kind == Kind.CANCEL and sum(wish.quantities.values()) == left.quantity


def _at_most(amount: Decimal, currency: str) -> str:
    return _("More than nothing, and at most %(amount)s.") % {"amount": written(amount, currency)}


def _wrong(field_name: str, message: str) -> InvalidInput:
    return InvalidInput({field_name: [message]})
