"""Pieces of a paid or done order exchanged for another variant of the same product: previewed, then made once.

The old pieces go by a change of the order as others do; the new ones are an order of their own, placed, confirmed and paid
in the same transaction by what the change gives back. What the new ones cost less goes back to the customer, by a change of
its own; what they cost more staff may waive.
"""

from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from uuid_utils.compat import uuid7

from catalog import inventory
from catalog.models import Inventory, Product
from orders.actions.changes.changes import RIGHTS, OrderMovedOn
from orders.actions.changes.exchange_preview import (
    ExchangePreview,
    Kind,
    Swap,
    kind_of,
    preview_of,
    visible_order,
)
from orders.checkout.exchanging import place_exchange
from orders.checkout.placement.stock import InsufficientStock
from orders.emails.queue import write_email
from orders.gift_cards.spending import lock_cards
from orders.lifecycle import changes
from orders.lifecycle.changes import Effect, LinePart
from orders.lifecycle.confirmation import confirm_order
from orders.lifecycle.parcels import Parcel, left_of
from orders.lifecycle.transitions import change_locked, lock_order
from orders.models import EXCHANGE, EmailKind, Exchange, Order, OrderChange, Refund
from orders.payments import by_hand, returning
from orders.pricing.left import NOTHING, Part, for_amount
from orders.status import OrderStatus, Reason, Step
from staff.log import use_right

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def make_exchange(*, order_id: UUID, actor: "User", change_id: UUID, based_on: int, swap: Swap) -> Exchange:
    """Make the exchange of a preview, in one transaction; the same id again is the same exchange.

    Raises what preview_exchange raises, OrderMovedOn unless the order has had `based_on` changes, InsufficientStock where
    the new variant is not there, and what keeps an order from being done (transitions.py) where its last pieces go.
    """
    visible_order(order_id, actor)
    order = lock_order(order_id)
    if made := Exchange.objects.filter(change=change_id, change__order=order).first():
        return made
    if (had := order.changes.count()) != based_on or OrderChange.objects.filter(pk=change_id).exists():
        raise OrderMovedOn(changes=had)
    shown = preview_of(order, swap, change_id)
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
    _complete_if_sent(order, actor, swap.note)
    _pay(change, new, actor)
    if rest is not None:
        returning.refund_change(rest, actor=actor)
    return made


def _complete_if_sent(order: Order, actor: "User", note: str) -> None:
    """With its last pieces exchanged, nothing of the order is left to send."""
    if order.status == OrderStatus.PAID and not left_of(order):
        change_locked(
            order=order,
            step=Step.COMPLETE,
            reason=Reason.ALL_SENT,
            actor=actor,
            note=note,
            parcel=Parcel(stays=True),
        )


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
