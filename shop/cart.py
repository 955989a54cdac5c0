"""The cart: sku -> quantity in the session, before and after sign-in. Prices come from the catalog each time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.sessions.backends.base import SessionBase

from catalog import shelf
from catalog.models import Product
from catalog.money import rounded
from orders.previews import MAX_ITEMS, MAX_QUANTITY

KEY = "cart"


class CartFull(Exception):
    """An order has room for MAX_ITEMS different products."""


@dataclass(frozen=True)
class CartLine:
    """A product in the cart, at the price it has now."""

    product: Product
    quantity: int

    @property
    def total(self) -> Decimal:
        return rounded(self.product.price) * self.quantity

    @property
    def left(self) -> int:
        """How many can be ordered now."""
        return shelf.available(self.product)

    @property
    def is_short(self) -> bool:
        return self.quantity > self.left


class Cart:
    """What the visitor wants to buy. It holds no prices and promises no stock."""

    def __init__(self, session: SessionBase):
        self.session = session

    def __bool__(self) -> bool:
        return bool(self.quantities)

    def __iter__(self) -> Iterator[tuple[str, int]]:
        return iter(self.quantities.items())

    @property
    def quantities(self) -> dict[str, int]:
        return self.session.get(KEY, {})

    @property
    def count(self) -> int:
        """How many pieces are in it."""
        return sum(self.quantities.values())

    def add(self, sku: str, quantity: int) -> None:
        """Add pieces, up to the most that one order may hold. Raises CartFull."""
        if sku not in self.quantities and len(self.quantities) >= MAX_ITEMS:
            raise CartFull
        self.change(sku, min(self.quantities.get(sku, 0) + quantity, MAX_QUANTITY))

    def change(self, sku: str, quantity: int) -> None:
        """Set a product's quantity."""
        self.session[KEY] = {**self.quantities, sku: quantity}

    def remove(self, skus: Iterable[str]) -> None:
        """Take products out."""
        gone = set(skus)
        self.session[KEY] = {sku: n for sku, n in self if sku not in gone}

    def remove_ordered(self, ordered: Iterable[tuple[str, int]]) -> None:
        """Take out what was ordered; what was put in since the quote stays."""
        left = dict(self.quantities)
        for sku, quantity in ordered:
            left[sku] = left.get(sku, 0) - quantity
        self.session[KEY] = {sku: n for sku, n in left.items() if n > 0}

    def lines(self) -> list[CartLine]:
        """Products on sale with their quantities, in the order in which they were put in."""
        found = shelf.on_sale().filter(sku__in=self.quantities)
        products = {product.sku: product for product in found}
        return [CartLine(products[sku], n) for sku, n in self if sku in products]

    def drop_gone(self, lines: Iterable[CartLine]) -> list[str]:
        """Take out whatever is not among the lines, because it is not on sale any more. Returns those skus."""
        on_sale = {line.product.sku for line in lines}
        gone = [sku for sku in self.quantities if sku not in on_sale]
        if gone:
            self.remove(gone)
        return gone
