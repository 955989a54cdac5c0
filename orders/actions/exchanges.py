"""Pieces of a paid or done order exchanged for another variant of the same product: previewed, then made once.

The old pieces go by a change of the order as others do; the new ones are an order of their own, placed, confirmed and paid
in the same transaction by what the change gives back. What the new ones cost less goes back to the customer, by a change of
its own; what they cost more staff may waive.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from uuid_utils.compat import uuid7

from catalog import inventory
from catalog.models import Inventory, Product
from catalog.money import smallest
from orders.actions.changes import MAX_NOTE, POSSIBLE_IN, RIGHTS, ChangeNotPossible, OrderMovedOn
from orders.checkout.exchanging import Terms, place_exchange, terms_of
from orders.checkout.stock import InsufficientStock
from orders.emails.queue import write_email
from orders.errors import InvalidInput, OrderError
from orders.gift_cards.spending import lock_cards
from orders.lifecycle import changes
from orders.lifecycle.changes import Effect, LinePart
from orders.lifecycle.confirmation import confirm_order
from orders.lifecycle.parcels import Parcel, left_of
from orders.lifecycle.transitions import OrderNotFound, change_locked, lock_order
from orders.models import EXCHANGE, EmailKind, Exchange, Order, OrderChange, Refund
from orders.payments import by_hand, returning
from orders.pricing.left import NOTHING, LineLeft, Part, for_amount, for_pieces, left_of_order
from orders.status import OrderStatus, Reason, Step
from staff.log import use_right
from staff.rights import require

if TYPE_CHECKING:
    from accounts.models import User

Kind = OrderChange.Kind


class CostsMore(OrderError):
    """The new pieces cost `difference` more than what is given back for the old ones; staff may waive it."""

    code = "exchange_costs_more"
    status = 409
    title = gettext_lazy("Costs more")
    message = gettext_lazy(
        "The other variant costs more. Waive the difference, or cancel the pieces and let the customer order anew."
    )
    advice = gettext_lazy(
        "It costs `difference` more than what the old pieces give back. Send `waive`, or cancel them and order anew."
    )
    example = {"difference": "2.00"}


@dataclass(frozen=True, kw_only=True)
class Swap:
    """What staff want: so many pieces of a line, by SKU, for the variant `to`.

    `restocked` says of pieces that were sent whether they are for sale again; `note` says why, and the customer is told.
    """

    sku: str
    to: str
    quantity: int
    note: str
    restocked: bool = False
    waive: bool = False


@dataclass(frozen=True)
class ExchangePreview:
    """What an exchange would do. Its `id` becomes the change's.

    `worth` is what the old pieces give, `price` of it pays the new ones, and `back` goes to the customer.
    """

    id: UUID
    order: Order
    based_on: int
    line: LineLeft
    product: Product
    terms: Terms
    quantity: int
    worth: Part
    unit_price: Decimal
    waived: Decimal

    @property
    def price(self) -> Decimal:
        return self.unit_price * self.quantity

    @property
    def back(self) -> Decimal:
        return self.worth.amount - self.price


def exchangeable(order: Order) -> dict[LineLeft, list[Product]]:
    """The lines of which pieces may be exchanged, with the other variants that are on sale, those first in line first."""
    kind = kind_of(order)
    if kind is None:
        return {}
    lines = [
        one for one in left_of_order(order).lines if _most(one, kind) and not one.line.product.is_gift_card
    ]
    groups = {one.line.product.group_id for one in lines} - {None}
    on_sale = Product.objects.filter(group__in=groups, is_active=True).order_by("pk")
    found: dict[LineLeft, list[Product]] = {}
    for one in lines:
        group = one.line.product.group_id
        others = [it for it in on_sale if it.group_id == group and it.pk != one.line.product_id]
        if group is not None and others:
            found[one] = others
    return found


def preview_exchange(*, order_id: UUID, actor: "User", swap: Swap) -> ExchangePreview:
    """What the exchange would do to the order as it is now. Changes nothing.

    Raises PermissionDenied, OrderNotFound, ChangeNotPossible, InvalidInput, TaxWouldDiffer, CostsMore.
    """
    return _preview(_visible(order_id, actor), swap, uuid7())


@transaction.atomic
def make_exchange(*, order_id: UUID, actor: "User", change_id: UUID, based_on: int, swap: Swap) -> Exchange:
    """Make the exchange of a preview, in one transaction; the same id again is the same exchange.

    Raises what preview_exchange raises, OrderMovedOn unless the order has had `based_on` changes, InsufficientStock where
    the new variant is not there, and what keeps an order from being done (transitions.py) where its last pieces go.
    """
    _visible(order_id, actor)
    order = lock_order(order_id)
    if made := Exchange.objects.filter(change=change_id, change__order=order).first():
        return made
    if (had := order.changes.count()) != based_on or OrderChange.objects.filter(pk=change_id).exists():
        raise OrderMovedOn(changes=had)
    shown = _preview(order, swap, change_id)
    kind = OrderChange.Kind(kind_of(order) or Kind.CANCEL)
    use_right(
        actor=actor,
        right=RIGHTS[kind],
        about=order,
        exchanged={swap.sku: swap.quantity},
        to=shown.product.sku,
        amount=str(shown.back),
        waived=str(shown.waived),
        note=swap.note,
    )
    lock_cards(order)  # cards come before products (docs/locks.md)
    # Both at once, in id order: the new pieces are taken, and the old ones put back.
    inventory.lock([shown.line.line.product_id, shown.product.pk])
    change, rest = _write(shown, swap, kind, actor)
    new = _place(shown)
    made = Exchange.objects.create(change=change, order=new, waived=shown.waived)
    if order.status == OrderStatus.PAID and not left_of(order):
        order = change_locked(
            order=order,
            step=Step.COMPLETE,
            reason=Reason.ALL_SENT,
            actor=actor,
            note=swap.note,
            parcel=Parcel(stays=True),
        )
    _pay(change, new, actor)
    if rest is not None:
        returning.refund_change(rest, actor=actor)
    return made


def _visible(order_id: UUID, actor: "User") -> Order:
    order = Order.objects.visible_to(actor).filter(pk=order_id).first()
    if order is None:
        raise OrderNotFound
    require(actor=actor, right=RIGHTS[kind_of(order) or Kind.CANCEL])
    return order


def kind_of(order: Order) -> OrderChange.Kind | None:
    """How the old pieces go: canceled before they are sent, returned afterwards; None where neither is possible."""
    return next((kind for kind in (Kind.CANCEL, Kind.RETURN) if order.status in POSSIBLE_IN[kind]), None)


def _most(one: LineLeft, kind: OrderChange.Kind) -> int:
    return one.quantity - (one.line.sent if kind == Kind.CANCEL else 0)


def _preview(order: Order, swap: Swap, change_id: UUID) -> ExchangePreview:
    kind = kind_of(order)
    if kind is None:
        raise ChangeNotPossible(order_status=order.status)
    left = left_of_order(order)
    one = next((one for one in left.lines if one.line.sku == swap.sku), None)
    product = Product.objects.filter(sku=swap.to, is_active=True).first()
    _check(one, product, swap, kind)
    assert one is not None and product is not None  # what _check has seen
    terms = terms_of(order, one.line, product)
    worth = for_pieces(one, swap.quantity, currency=order.currency)
    more = terms.price * swap.quantity - worth.amount
    unit = smallest(order.currency)
    if more > 0 and not swap.waive:
        raise CostsMore(difference=str(more))
    each = terms.price if more <= 0 else worth.amount / unit // swap.quantity * unit
    waived = max(more, NOTHING)
    if worth.amount > returning.money_left(order) or each * swap.quantity > _payable(order):
        raise InvalidInput({"quantity": [_("Less money than that is left of the order's payment.")]})
    return ExchangePreview(
        change_id, order, left.changes, one, product, terms, swap.quantity, worth, each, waived
    )


def _payable(order: Order) -> Decimal:
    """What of the order's money can pay another one: what a gift card paid goes back on it."""
    captures = (one for one in returning.paying(order) if not returning.is_of_card(one))
    return sum((max(returning.free_of(one), NOTHING) for one in captures), NOTHING)


def _check(one: LineLeft | None, product: Product | None, swap: Swap, kind: OrderChange.Kind) -> None:
    """Raise InvalidInput with every wrong field."""
    errors = {}
    if one is None:
        errors["sku"] = [_("The order has no such line: %(skus)s") % {"skus": swap.sku}]
    elif not 0 < swap.quantity <= _most(one, kind):
        errors["quantity"] = [_("At most %(most)d are left.") % {"most": _most(one, kind)}]
    group = one.line.product.group_id if one and not one.line.product.is_gift_card else None
    if (
        product is None
        or one is None
        or group is None
        or product.group_id != group
        or product.sku == swap.sku
    ):
        errors["to"] = [_("That is no other variant of the same product, or it is not on sale.")]
    if not swap.note.strip() or len(swap.note) > MAX_NOTE:
        errors["note"] = [_("Say why, in at most %(most)d characters.") % {"most": MAX_NOTE}]
    if errors:
        raise InvalidInput(errors)


def _write(
    shown: ExchangePreview, swap: Swap, kind: OrderChange.Kind, actor: "User"
) -> tuple[OrderChange, OrderChange | None]:
    """The change that takes the pieces with what pays the new ones, and one that gives back the rest, if there is some."""
    order, currency, line = shown.order, shown.order.currency, shown.line.line
    nothing = Part(NOTHING, None if order.shipping_tax is None else NOTHING)
    paid = for_amount(shown.worth, shown.price, currency=currency)
    again = kind == Kind.CANCEL or swap.restocked
    effect = Effect(
        id=shown.id,
        kind=kind,
        lines=(LinePart(line, paid, swap.quantity, again),),
        shipping=nothing,
        note=swap.note.strip(),
    )
    change = changes.write_change(order=order, based_on=shown.based_on, effect=effect, actor=actor)
    write_email(order=order, kind=EmailKind.CHANGED, sequence=change.sequence)
    if not shown.back:
        return change, None
    tax = None if paid.tax is None or shown.worth.tax is None else shown.worth.tax - paid.tax
    effect = Effect(
        id=uuid7(),
        kind=Kind.REFUND,
        lines=(LinePart(line, Part(shown.back, tax)),),
        shipping=nothing,
        note=swap.note.strip(),
    )
    rest = changes.write_change(order=order, based_on=shown.based_on + 1, effect=effect, actor=actor)
    write_email(order=order, kind=EmailKind.CHANGED, sequence=rest.sequence)
    return change, rest


def _place(shown: ExchangePreview) -> Order:
    """The order of the new pieces, confirmed: they are taken, or InsufficientStock and nothing was changed."""
    wanted = {shown.product.pk: shown.quantity}
    new = place_exchange(
        of=shown.order,
        product=shown.product,
        quantity=shown.quantity,
        unit_price=shown.unit_price,
        terms=shown.terms,
    )
    try:
        if shown.product.inventory == Inventory.COUNTED:
            inventory.take(quantities=wanted, order_id=new.pk)
    except inventory.NotTaken as error:
        raise _too_few(shown) from error
    confirmed = confirm_order(order_id=new.pk)
    if confirmed.status == OrderStatus.NOT_CONFIRMED:
        raise _too_few(shown)
    return confirmed


def _too_few(shown: ExchangePreview) -> InsufficientStock:
    left = inventory.available(Product.objects.get(pk=shown.product.pk))
    return InsufficientStock(product=shown.product.sku, wanted=shown.quantity, left=left)


def _pay(change: OrderChange, new: Order, actor: "User") -> None:
    """What the change gives back pays the new order: booked on both sides, and no provider is asked."""
    if not change.amount:
        return  # a free order is paid once it is confirmed
    returning.refund_change(change, actor=actor)
    note = f"exchange: order {new.number}"
    for refund in change.refunds.select_related("payment__order", "change__order"):
        returning.end(refund, Refund.State.DONE, note)
        returning.returned(refund, f"by hand {refund.key}", actor=actor, note=note)
    by_hand.book_exchange(order=new, variant=EXCHANGE, amount=change.amount, of=change.order, actor=actor)
