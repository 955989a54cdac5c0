"""The variants that a customer may ask for in the place of pieces of an order, and what each costs more as of now."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from catalog import inventory
from catalog.models import Product
from catalog.shelf import shelf
from orders.actions.changes.exchange_preview import exchangeable
from orders.checkout.elsewhere import OtherCurrency, TaxWouldDiffer, prices_there
from orders.checkout.exchanging import terms_of
from orders.checkout.placement.stock import InsufficientStock
from orders.errors import InvalidInput
from orders.models import Order
from orders.payments import returning
from orders.pricing.left import LineLeft, for_pieces, left_of_order
from orders.pricing.prices import Prices


@dataclass(frozen=True)
class Offer:
    """A variant that can be had for pieces of a line, what one costs (tax included), and how many there are."""

    line: LineLeft
    product: Product
    price: Decimal
    currency: str

    @property
    def available(self) -> int:
        return shelf.available(self.product)

    def more(self, quantity: int = 1) -> Decimal:
        """What so many cost more than the old ones give; below zero what they cost less."""
        return self.price * quantity - for_pieces(self.line, quantity, currency=self.currency).amount

    def less(self, quantity: int = 1) -> Decimal:
        """The other way round."""
        return -self.more(quantity)


def offers_of(order: Order) -> dict[int, list[Offer]]:
    """By the line's id: other variants that are on sale, are there, and may be paid with what the old piece gives.

    Those that another tax counts for are left out, and all where the order's money can pay no other order.
    """
    found = exchangeable(order)
    wanted = {other.pk for others in found.values() for other in others}
    if not wanted:
        return {}
    there = inventory.with_available(shelf.left_of(Product.objects.filter(pk__in=wanted))).in_bulk()
    try:
        prices, money = prices_there(order), _money(order)
    except OtherCurrency:
        return {}
    offers = {
        one.line.pk: [
            offer
            for other in others
            if other.pk in there and (offer := _offer(one, there[other.pk], prices, money, order.currency))
        ]
        for one, others in found.items()
    }
    return {line: some for line, some in offers.items() if some}


def _money(order: Order) -> tuple[Decimal, Decimal]:
    """What may still go back of it, and what of that can pay another order."""
    return returning.money_left(order), returning.payable(order)


def _offer(
    one: LineLeft, product: Product, prices: Prices, money: tuple[Decimal, Decimal], currency: str
) -> Offer | None:
    try:
        price = terms_of(prices, one.line, product).price
    except TaxWouldDiffer:
        return None
    worth = for_pieces(one, 1, currency=currency).amount
    left, payable = money
    return Offer(one, product, price, currency) if worth <= left and min(price, worth) <= payable else None


def check_wished(
    order: Order, quantities: Mapping[int, int], wished: Mapping[int, str]
) -> dict[int, Product]:
    """The variants that are wished for, by line, where they can be had for so many pieces of it.

    Raises InvalidInput, and InsufficientStock where there are too few.
    """
    offers = offers_of(order)
    lines = {one.line.pk: one.line for one in left_of_order(order).lines}
    chosen: dict[int, Offer] = {}
    for line, sku in wished.items():
        offer = next((one for one in offers.get(line, ()) if one.product.sku == sku), None)
        if offer is None:
            _check_stock(order, lines[line].product.group_id, sku, quantities[line])
            text = _("That is no other variant of the same product, or it can't be exchanged for it.")
            raise InvalidInput({f"lines.{lines[line].sku}": [text]})
        chosen[line] = offer
    _check_enough(chosen.values(), quantities)
    if sum(one.more(quantities[line]) > 0 for line, one in chosen.items()) > 1:
        # Each is paid by an order of its own, and one change waits at most (orders/models/changes/waiting.py).
        text = _("Only one of the new variants may cost more. Ask for the others afterwards.")
        raise InvalidInput({"lines": [text]})
    return {line: one.product for line, one in chosen.items()}


def _check_stock(order: Order, group: int | None, sku: str, wanted: int) -> None:
    """Raise InsufficientStock where it is only sold out."""
    product = Product.objects.filter(group=group, sku=sku, is_active=True).first() if group else None
    if product is not None and not product.has_begun and not inventory.available(product):
        raise InsufficientStock(product=sku, wanted=wanted, left=0)


def _check_enough(chosen: Collection[Offer], quantities: Mapping[int, int]) -> None:
    """Raise InsufficientStock for what all lines together want too many of."""
    for one in chosen:
        same = (other for other in chosen if other.product == one.product)
        wanted = sum(quantities[other.line.line.pk] for other in same)
        if wanted > one.available:
            raise InsufficientStock(product=one.product.sku, wanted=wanted, left=one.available)
