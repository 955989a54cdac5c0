"""Where carts are kept: in the session before sign-in, in the customer's rows after, so that phone and desktop agree.

Each write to the rows locks the customer's row first: two tabs that add at once lose nothing, and no cart grows over its
limit.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from catalog.models import Product
from catalog.money import rounded
from database import Asked, fetch, later
from orders.checkout.items import MAX_ITEMS
from orders.models import Order
from shop.cart import Cart, CartFull, Held, most_of
from shop.models import CartItem

QUANTITIES = "cart"
PRICES = "cart_prices"

READ = """
SELECT p.sku, c.quantity, c.price_seen FROM shop_cartitem c JOIN catalog_product p ON p.id = c.product_id
WHERE c.user_id = %s ORDER BY c.added_at, c.id
"""
COUNT = "SELECT coalesce(sum(quantity), 0) FROM shop_cartitem WHERE user_id = %s"
LOCK = "SELECT FROM accounts_user WHERE id = %s FOR NO KEY UPDATE"
# Another product only where there is room for one.
PUT = """
INSERT INTO shop_cartitem AS c (user_id, product_id, quantity, price_seen, added_at)
SELECT %(user)s, %(product)s, least(%(quantity)s::int, %(most)s::int), %(price)s, %(now)s
WHERE EXISTS (SELECT FROM shop_cartitem WHERE user_id = %(user)s AND product_id = %(product)s)
    OR (SELECT count(*) FROM shop_cartitem WHERE user_id = %(user)s) < %(room)s
ON CONFLICT (user_id, product_id) DO UPDATE SET quantity = least(c.quantity + %(quantity)s::int, %(most)s::int)
RETURNING quantity
"""
# What was ordered, and no more: what another tab put in since the preview stays.
REMOVE_ORDERED = """
WITH ordered AS (
    SELECT product_id, sum(quantity) AS quantity FROM orders_orderline WHERE order_id = %(order)s GROUP BY product_id
),
gone AS (
    DELETE FROM shop_cartitem c USING ordered o
    WHERE c.user_id = %(user)s AND c.product_id = o.product_id AND c.quantity <= o.quantity
)
UPDATE shop_cartitem c SET quantity = c.quantity - o.quantity FROM ordered o
WHERE c.user_id = %(user)s AND c.product_id = o.product_id AND c.quantity > o.quantity
"""


class SessionCart(Cart):
    """The cart of a visitor who has not signed in."""

    def __init__(self, session: SessionBase):
        self.session = session

    def _read(self) -> dict[str, Held]:
        prices = self.session.get(PRICES, {})
        return {
            sku: Held(quantity, Decimal(prices[sku]) if sku in prices else None)
            for sku, quantity in self._quantities.items()
        }

    def _count(self) -> int:
        return sum(self._quantities.values())

    @property
    def _quantities(self) -> dict[str, int]:
        kept: dict[str, int] = self.session.get(QUANTITIES, {})
        return kept

    def _add(self, product: Product, quantity: int, most: int) -> int:
        had = self._quantities
        if product.sku not in had and len(had) >= MAX_ITEMS:
            raise CartFull
        together = min(had.get(product.sku, 0) + quantity, most)
        if product.sku not in had:
            self._remember({product.sku: rounded(product.price_now)})
        self.session[QUANTITIES] = {**had, product.sku: together}
        return together

    def _change(self, product: Product, quantity: int) -> None:
        if product.sku in self._quantities:
            self.session[QUANTITIES] = {**self._quantities, product.sku: quantity}

    def _remove(self, skus: set[str]) -> None:
        for key in (QUANTITIES, PRICES):
            kept = self.session.get(key, {})
            self.session[key] = {sku: one for sku, one in kept.items() if sku not in skus}

    def _remember(self, prices: dict[str, Decimal]) -> None:
        seen = {sku: str(price) for sku, price in prices.items()}
        self.session[PRICES] = {**self.session.get(PRICES, {}), **seen}


class StoredCart(Cart):
    """The cart of a customer: the same on every device, and still there after signing out."""

    def __init__(self, user: User):
        self.user = user

    @property
    def rows(self) -> QuerySet[CartItem]:
        return CartItem.objects.filter(user=self.user)

    def _read(self) -> dict[str, Held]:
        return {sku: Held(quantity, price) for sku, quantity, price in fetch(READ, [self.user.pk])}

    def _count(self) -> int:
        return int(fetch(COUNT, [self.user.pk])[0][0])

    def _add(self, product: Product, quantity: int, most: int) -> int:
        with self._locked():
            return self._put(product, quantity, most, rounded(product.price_now))

    def _put(self, product: Product, quantity: int, most: int, price_seen: Decimal) -> int:
        found = fetch(
            PUT,
            {
                "user": self.user.pk,
                "product": product.pk,
                "quantity": quantity,
                "most": most,
                "price": price_seen,
                "now": timezone.now(),
                "room": MAX_ITEMS,
            },
        )
        if not found:
            raise CartFull
        return int(found[0][0])

    def _change(self, product: Product, quantity: int) -> None:
        self.rows.filter(product=product).update(quantity=quantity)

    def _remove(self, skus: set[str]) -> None:
        with self._locked():
            self.rows.filter(product__sku__in=skus).delete()

    def _remember(self, prices: dict[str, Decimal]) -> None:
        with self._locked():
            rows = list(self.rows.filter(product__sku__in=prices).select_related("product"))
            for row in rows:
                row.price_seen = prices[row.product.sku]
            CartItem.objects.bulk_update(rows, ["price_seen"])

    def take_over(self, before: SessionCart) -> "Merged":
        """Put in what was in the session's cart, as far as it fits, and empty that one."""
        lines = before.lines()
        merged = Merged(gone=before.drop_gone(lines))
        if not lines:
            return merged
        self._forget()
        with self._locked():
            for line in lines:
                had = self.quantities.get(line.product.sku, 0)
                # One piece of a sold-out product stays, so that the cart can say that it is sold out.
                most = max(most_of(line.product), 1)
                try:
                    got = self._put(line.product, line.quantity, most, line.price_seen or line.price)
                except CartFull:
                    merged.left_out.append(line.product)
                    continue
                if got < had + line.quantity:
                    merged.capped.append((line.product, got))
        before.remove(before.quantities)
        self._forget()
        return merged

    def _locked(self) -> AbstractContextManager[None]:
        return _locked(self.user.pk)


def remove_ordered(order: Order) -> None:
    """Take out of the customer's cart what was ordered; what was put in since the preview stays."""
    with _locked(order.customer_id):
        later(Asked(REMOVE_ORDERED, {"order": order.pk, "user": order.customer_id}))


@contextmanager
def _locked(user_id: int) -> Iterator[None]:
    """The lock goes with what is asked next; that sees what was done until the lock was there."""
    with transaction.atomic():
        later(Asked(LOCK, [user_id]))
        yield


@dataclass
class Merged:
    """What did not come over whole when a cart was taken over."""

    gone: list[str] = field(default_factory=list)
    capped: list[tuple[Product, int]] = field(default_factory=list)
    left_out: list[Product] = field(default_factory=list)


def cart_of(request: HttpRequest) -> Cart:
    """The visitor's cart, read once however many parts of a page ask for it."""
    known = getattr(request, "cart", None)
    if isinstance(known, Cart):
        return known
    user = request.user
    cart = StoredCart(user) if isinstance(user, User) else SessionCart(request.session)
    request.cart = cart  # type: ignore[attr-defined]  # nothing in Django's types knows of carts
    return cart
