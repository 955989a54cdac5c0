"""The cart: what a visitor wants to buy, wherever it is stored. Its prices are always the catalog's.

`shop/cart_stores.py` stores it: in the session before sign-in, in rows after. Both promise the same.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from catalog.models import Product
from catalog.money import rounded
from catalog.shelf import lines, shelf
from orders.checkout.items import MAX_QUANTITY
from refusals import Refusal


class CartFull(Refusal):
    """An order has room for MAX_ITEMS different products."""


class SoldOut(Refusal):
    """Nothing of the product is left."""


@dataclass(frozen=True)
class Held:
    """What a cart remembers of a product. `price_seen` is the price that the customer was last shown."""

    quantity: int
    price_seen: Decimal | None = None


@dataclass(frozen=True)
class CartLine:
    """A product in the cart, at the price it has now."""

    product: Product
    quantity: int
    price_seen: Decimal | None = None

    @property
    def price(self) -> Decimal:
        return rounded(self.product.price_now)

    @property
    def price_was(self) -> Decimal | None:
        """The price that the customer was shown before, if it is another one now."""
        seen = None if self.price_seen is None else rounded(self.price_seen)
        return seen if seen != self.price else None

    @property
    def total(self) -> Decimal:
        return self.price * self.quantity

    @property
    def left(self) -> int:
        """How many can be ordered now."""
        return shelf.available(self.product)

    @property
    def most(self) -> int:
        """How many one order may hold now."""
        return most_of(self.product)

    @property
    def is_short(self) -> bool:
        return self.quantity > self.left


def most_of(product: Product) -> int:
    """How many of a product a cart may hold now: what is left, but no more than one order may have."""
    return min(shelf.available(product), MAX_QUANTITY)


class Cart(ABC):
    """What a visitor wants to buy. It reserves no stock, and knows the price that was last shown of each product."""

    @abstractmethod
    def _read(self) -> dict[str, Held]:
        """What is in it by sku, in the order in which it was put in."""

    @abstractmethod
    def _add(self, product: Product, quantity: int, most: int) -> int:
        """Add pieces, up to `most`. Returns how many there are then. Raises CartFull."""

    @abstractmethod
    def _change(self, product: Product, quantity: int) -> None:
        """Set the quantity of a product that is in it; leave the cart alone where the product is not."""

    @abstractmethod
    def _remove(self, skus: set[str]) -> None:
        """Take products out."""

    @abstractmethod
    def _remember(self, prices: dict[str, Decimal]) -> None:
        """Note that these prices were shown."""

    @abstractmethod
    def _count(self) -> int:
        """How many pieces are in it, cheaply."""

    _held: dict[str, Held] | None = None
    _lines: list[CartLine] | None = None

    @property
    def held(self) -> dict[str, Held]:
        if self._held is None:
            self._held = self._read()
        return self._held

    def _forget(self) -> None:
        """What was read is not so any more."""
        self._held = self._lines = None

    def __bool__(self) -> bool:
        return bool(self.held)

    def __iter__(self) -> Iterator[tuple[str, int]]:
        return ((sku, held.quantity) for sku, held in self.held.items())

    @property
    def quantities(self) -> dict[str, int]:
        return dict(self)

    @property
    def count(self) -> int:
        """How many pieces are in it; one statement at most."""
        return self._count() if self._held is None else sum(self.quantities.values())

    def add(self, product: Product, quantity: int) -> int:
        """Add pieces, up to what is left and what one order may hold. Returns how many there are then.

        Raises SoldOut, CartFull.
        """
        most = most_of(product)
        if not most:
            raise SoldOut
        self._forget()
        return self._add(product, quantity, most)

    def change(self, product: Product, quantity: int) -> int:
        """Set a product's quantity, up to what is left; returns it. Raises SoldOut, and then leaves it as it was."""
        fitting = min(quantity, most_of(product))
        if not fitting:
            raise SoldOut
        self._forget()
        self._change(product, fitting)
        return fitting

    def remove(self, skus: Iterable[str]) -> None:
        """Take products out."""
        self._forget()
        self._remove(set(skus))

    def fit(self, sku: str) -> None:
        """Lower a product's quantity to what is left of it; take a product out that is sold out."""
        held = self.held.get(sku)
        if held is None:
            return
        product = lines.by_sku([sku]).get(sku)
        if product is None or not most_of(product):
            self.remove([sku])
        elif held.quantity > most_of(product):
            self.change(product, most_of(product))

    def lines(self) -> list[CartLine]:
        """Products on sale with their quantities, in the order in which they were put in."""
        if self._lines is None:
            products, held = lines.by_sku(self.held), self.held.items()
            self._lines = [
                CartLine(products[sku], one.quantity, one.price_seen) for sku, one in held if sku in products
            ]
        return self._lines

    def drop_gone(self, lines: Iterable[CartLine]) -> list[str]:
        """Take out what is not among the lines, because it is not on sale any more. Returns those skus."""
        on_sale = {line.product.sku for line in lines}
        gone = [sku for sku in self.held if sku not in on_sale]
        if gone:
            self.remove(gone)
        return gone

    def remember(self, lines: Iterable[CartLine]) -> None:
        """Note that the customer sees the lines' prices now, so that a changed price is told once."""
        new = {line.product.sku: line.price for line in lines if line.price != line.price_seen}
        if new:
            self._forget()
            self._remember(new)
