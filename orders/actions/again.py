"""What of an order can be had once more now, and what not."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from catalog.models import Product
from catalog.shelf import shelf
from orders.actions.steps import find_order
from orders.checkout.begun import EventBegun
from orders.checkout.items import MAX_QUANTITY
from orders.checkout.placement.stock import InsufficientStock, ProductNotFound
from orders.errors import OrderError
from orders.models import OrderLine

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class Missing:
    """Pieces of a line that can't be had now, and what an order for them would be refused for."""

    line: OrderLine
    quantity: int
    refusal: OrderError


@dataclass(frozen=True)
class Again:
    """What can be ordered anew, as far as it goes now: pairs of SKU, as it is by now, and quantity."""

    items: list[tuple[str, int]]
    missing: list[Missing]


def order_again(*, order_id: UUID, user: "User") -> Again:
    """What was in an order, held against the shelf as it is now. Holds nothing. Raises OrderNotFound."""
    order = find_order(order_id=order_id, user=user)
    lines = list(order.lines.order_by("position"))
    products = shelf.on_sale().prefetch_related(None).in_bulk({line.product_id for line in lines})
    items: dict[str, int] = {}
    missing = [one for line in lines for one in _missing(line, products.get(line.product_id), items)]
    return Again(list(items.items()), missing)


def _missing(line: OrderLine, product: Product | None, items: dict[str, int]) -> Iterator[Missing]:
    """What of a line can't be had; what can goes into the items."""
    if product is None:
        yield Missing(line, line.quantity, ProductNotFound(product=line.sku))
        return
    if product.has_begun:
        yield Missing(line, line.quantity, EventBegun(product=product.sku))
        return
    before = items.get(product.sku, 0)
    most = min(shelf.available(product), MAX_QUANTITY)
    if fits := min(line.quantity, most - before):
        items[product.sku] = before + fits
    if fits < line.quantity:
        refusal = InsufficientStock(product=product.sku, wanted=before + line.quantity, left=most)
        yield Missing(line, line.quantity - fits, refusal)
