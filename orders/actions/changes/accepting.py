"""What accepting a customer's request does: pieces go for money, or for what was wished in exchange, at once."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from catalog import inventory
from catalog.shelf import shelf
from orders.actions.changes import changes
from orders.actions.changes.changes import OrderMovedOn, Preview, Wish, preview_change
from orders.actions.changes.exchange_preview import ExchangePreview, Swap, preview_exchange, preview_of
from orders.actions.changes.exchanges import make_exchange
from orders.checkout.placement.stock import InsufficientStock
from orders.errors import InvalidInput
from orders.gift_cards.spending import lock_cards
from orders.models import ChangeRequest, Exchange, Order, OrderChange, RequestedLine
from orders.pricing.left import NOTHING, left_of_order
from orders.status import OrderStatus

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True, kw_only=True)
class Terms:
    """How staff accept a request: which SKUs are for sale again, how much of the shipping goes back too, what they say.

    What a wished variant costs more the customer pays before it is exchanged, or the shop (`waive`). `plain`: nothing is
    exchanged, and the money goes back.
    """

    restocked: Collection[str] = ()
    shipping: Decimal = Decimal(0)
    note: str = ""
    waive: bool = False
    plain: bool = False


PLAIN = Terms()


@dataclass(frozen=True)
class Accepted:
    """What accepting would do, by `id` and `based_on`: give money back for pieces, and exchange others."""

    id: UUID
    based_on: int
    returned: Preview | None
    exchanged: list[ExchangePreview]


def kind_of(request: ChangeRequest) -> OrderChange.Kind:
    """How its pieces go, as its order is now."""
    return OrderChange.Kind.CANCEL if request.order.status == OrderStatus.PAID else OrderChange.Kind.RETURN


def wish_of(request: ChangeRequest, terms: Terms = PLAIN) -> Wish:
    """The change that gives back money for the pieces that are not exchanged."""
    return Wish(
        kind=kind_of(request),
        quantities={
            one.line.sku: one.quantity for one in _lines(request) if terms.plain or not one.exchange_for
        },
        restocked=terms.restocked,
        shipping=terms.shipping,
        note=_note(request, terms),
    )


def swaps_of(request: ChangeRequest, terms: Terms = PLAIN) -> list[Swap]:
    """The exchanges of the others."""
    return [
        Swap(
            sku=one.line.sku,
            to=one.exchange_for.sku,
            quantity=one.quantity,
            note=_note(request, terms),
            restocked=one.line.sku in terms.restocked,
            waive=terms.waive,
            pay=not terms.waive,
        )
        for one in _lines(request)
        if one.exchange_for and not terms.plain
    ]


def _lines(request: ChangeRequest) -> list[RequestedLine]:
    return list(request.lines.select_related("line", "exchange_for"))


def _note(request: ChangeRequest, terms: Terms) -> str:
    """What the customer is told, in the order's language where staff said nothing."""
    with translation.override(request.order.language):
        return terms.note.strip() or str(request.what)


def preview(request: ChangeRequest, *, actor: "User", terms: Terms = PLAIN) -> Accepted:
    """What accepting would do as everything is now. Changes nothing.

    Raises what `preview_change` and `preview_exchange` raise, and InsufficientStock where a wished variant is sold out.
    """
    order, wish = request.order_id, wish_of(request, terms)
    returned = preview_change(order_id=order, actor=actor, wish=wish) if wish.quantities else None
    swaps = swaps_of(request, terms)
    exchanged = [preview_exchange(order_id=order, actor=actor, swap=swap) for swap in swaps]
    for one in exchanged:
        if (left := shelf.available(one.product)) < one.quantity:
            raise InsufficientStock(product=one.product.sku, wanted=one.quantity, left=left)
    return Accepted(uuid7(), left_of_order(request.order).changes, returned, exchanged)


def make(
    request: ChangeRequest, *, actor: "User", change_id: UUID, based_on: int, terms: Terms
) -> OrderChange | None:
    """Make it in the caller's transaction, which holds the order and has answered the request; the first change of it.

    None where all of it waits for a difference that its customer pays.
    """
    order, wish, swaps = request.order, wish_of(request, terms), swaps_of(request, terms)
    if (had := order.changes.count()) != based_on:
        raise OrderMovedOn(changes=had)
    if wish.shipping and not wish.quantities:
        raise InvalidInput({"shipping": [_("Nothing of the shipping goes back with an exchange.")]})
    if swaps:
        _lock(request, order)
    ids = _ids(change_id)
    made: list[OrderChange] = []
    if wish.quantities:
        change = changes.apply_change(
            order_id=order.pk, actor=actor, change_id=next(ids), based_on=based_on, wish=wish
        )
        made.append(change)
    for swap in _in_turn(order, swaps):
        had = order.changes.count()
        exchange = make_exchange(order_id=order.pk, actor=actor, change_id=next(ids), based_on=had, swap=swap)
        if isinstance(exchange, Exchange):
            made.append(exchange.change)
    return made[0] if made else None


def _lock(request: ChangeRequest, order: Order) -> None:
    """All at once, in id order: each exchange by itself would lock its own two products, and then those of the next."""
    lock_cards(order)  # cards come before products (docs/locks.md)
    lines = _lines(request)
    old, new = (
        {one.line.product_id for one in lines},
        {one.exchange_for_id for one in lines if one.exchange_for_id},
    )
    inventory.lock(old | new)


def _ids(first: UUID) -> Iterator[UUID]:
    yield first
    while True:
        yield uuid7()


def _in_turn(order: Order, swaps: list[Swap]) -> list[Swap]:
    """One that waits for its difference comes last: it waits for the order as it is then."""
    if len(swaps) < 2:
        return swaps
    return sorted(swaps, key=lambda swap: preview_of(order, swap, uuid7()).due > NOTHING)
