"""Whether what an order wants can be had, and taking it from the shelf."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from catalog import inventory
from catalog.models import Inventory, Product
from orders.checkout.begun import EventBegun
from orders.checkout.lines import PreviewLine
from orders.checkout.placement.statements import Shelved
from orders.checkout.preview import Preview
from orders.checkout.previews import PreviewExpired
from orders.errors import OrderError


class ProductNotFound(OrderError):
    code = "product_not_found"
    status = 404
    title = _("No such product")
    message = _("The product does not exist")
    advice = _("`product` was taken off sale after the preview. Make a new one without it.")
    example = {"product": "MUG-BLUE"}


class InsufficientStock(OrderError):
    code = "insufficient_stock"
    status = 400
    title = _("Not enough stock")
    advice = _("`product` has only `left` of the `wanted` pieces. Make a new preview with fewer.")
    example = {"product": "MUG-BLUE", "wanted": 3, "left": 1}


def check_products(preview: Preview, shelf: Mapping[int, Shelved]) -> None:
    """Look whether the shelf, as it is read, has what the preview promised.

    Raises ProductNotFound, EventBegun, InsufficientStock, and PreviewExpired where something was moved to another time.
    """
    for line in preview.lines:
        product = shelf.get(line.product_id)
        if product is None or not product.is_active or product.inventory != line.inventory:
            raise ProductNotFound(product=line.sku)
        if product.has_begun:
            raise EventBegun(product=line.sku)
        if product.starts_at != line.starts_at:
            # Of something that was moved a new preview is made, which says when it is now.
            raise PreviewExpired
        if line.inventory == Inventory.COUNTED and product.stock_quantity < line.quantity:
            raise InsufficientStock(product=line.sku, wanted=line.quantity, left=product.stock_quantity)


def take_stock(preview: Preview) -> None:
    """Take what is counted, all of it or nothing. Raises ProductNotFound, InsufficientStock."""
    counted = {line.product_id: line for line in preview.lines if line.inventory == Inventory.COUNTED}
    try:
        inventory.take(
            quantities={product_id: line.quantity for product_id, line in counted.items()},
            order_id=preview.id,
        )
    except inventory.NotTaken as error:
        first = min(
            (counted[product_id] for product_id in error.product_ids),
            key=preview.lines.index,
        )
        raise _why_not(first) from error


def _why_not(line: PreviewLine) -> OrderError:
    """Another order took the stock between the check and the taking: say what holds now."""
    product = Product.objects.filter(pk=line.product_id, is_active=True, inventory=line.inventory).first()
    if product is None:
        return ProductNotFound(product=line.sku)
    return InsufficientStock(product=line.sku, wanted=line.quantity, left=product.stock_quantity)
