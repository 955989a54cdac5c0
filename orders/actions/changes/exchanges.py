"""Pieces of a paid or done order exchanged for another variant of the same product: previewed, then made once.

The old pieces go by a change of the order as others do; the new ones are an order of their own, placed, confirmed and paid
in the same transaction by what the change gives back. What the new ones cost less goes back to the customer, by a change of
its own. What they cost more staff may waive; or the customer pays it, and the change is made in the moment at which that is
captured (orders/payments/differences.py): until then the new order holds the new pieces, and the old one keeps the old.
"""

from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from catalog import inventory
from catalog.models import Inventory, Product
from orders.actions.changes import waiting
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
from orders.gift_cards.spending import lock_cards
from orders.lifecycle.confirmation import confirm_order
from orders.lifecycle.locking import lock_order
from orders.lifecycle.transitions import change_locked
from orders.models import Exchange, Order, OrderChange, WaitingChange
from orders.payments import differences
from orders.status import OrderStatus, Reason, Step
from staff.log import use_right

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def make_exchange(
    *, order_id: UUID, actor: "User", change_id: UUID, based_on: int, swap: Swap
) -> Exchange | WaitingChange:
    """Make the exchange of a preview, in one transaction; the same id again is the same exchange.

    Where its customer pays what the new pieces cost more, they are ordered and held, and it waits until they are paid.
    Raises what preview_exchange raises, OrderMovedOn unless the order has had `based_on` changes, InsufficientStock where
    the new variant is not there, and what keeps an order from being done (transitions.py) where its last pieces go.
    """
    visible_order(order_id, actor)
    order = lock_order(order_id)
    if made := Exchange.objects.filter(change=change_id, change__order=order).first():
        return made
    if begun := order.waiting_changes.filter(change_id=change_id).first():
        return begun
    if (had := order.changes.count()) != based_on or OrderChange.objects.filter(pk=change_id).exists():
        raise OrderMovedOn(changes=had)
    shown = preview_of(order, swap, change_id)
    _log(shown, swap, actor)
    lock_cards(order)  # cards come before products (docs/locks.md)
    # Both at once, in id order: the new pieces are taken, and the old ones put back.
    inventory.lock([shown.line.line.product_id, shown.product.pk])
    agreed = _agreed(shown, swap, actor)
    if shown.due:
        return waiting.begin(agreed)
    made = differences.exchange(agreed, waived=shown.waived)
    new = agreed.supplement
    if not new.is_free:
        change_locked(order=new, step=Step.PAY, reason=Reason.PAYMENT_TAKEN, actor=new.customer)
    return made


def _log(shown: ExchangePreview, swap: Swap, actor: "User") -> None:
    use_right(
        actor=actor,
        right=RIGHTS[_kind(shown.order)],
        about=shown.order,
        exchanged={swap.sku: swap.quantity},
        to=shown.product.sku,
        amount=str(shown.back),
        waived=str(shown.waived),
        **({"due": str(shown.due)} if shown.due else {}),
        note=swap.note,
    )


def _kind(order: Order) -> OrderChange.Kind:
    """The preview has seen that there is one."""
    return OrderChange.Kind(kind_of(order) or Kind.CANCEL)


def _agreed(shown: ExchangePreview, swap: Swap, actor: "User") -> WaitingChange:
    """What is done with both orders, now or once the new one is paid, which is placed with it."""
    return WaitingChange(
        order=shown.order,
        supplement=_place(shown),
        change_id=shown.id,
        kind=_kind(shown.order),
        line=shown.line.line,
        restocked=swap.restocked,
        based_on=shown.based_on,
        actor=actor,
        note=swap.note.strip(),
    )


def _place(shown: ExchangePreview) -> Order:
    """The order of the new pieces, confirmed: they are taken, or InsufficientStock and nothing was changed."""
    wanted = {shown.product.pk: shown.quantity}
    new = place_exchange(
        of=shown.order,
        product=shown.product,
        quantity=shown.quantity,
        unit_price=shown.unit_price,
        terms=shown.terms,
        paid=shown.paid,
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
