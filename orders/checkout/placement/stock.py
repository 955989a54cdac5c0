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
    """Take what is counted, all of it or nothing: where that can't be, the commit is an error that inventory knows."""
    inventory.take_all(
        quantities={line.product_id: line.quantity for line in _counted(preview)}, order_id=preview.id
    )


def why_not_taken(preview: Preview) -> OrderError:
    """Another order took the stock between the check and the taking: say what holds now, of the first that lacks.

    Where by now nothing lacks any more, it is the first line's.
    """
    counted = _counted(preview)
    found = Product.objects.in_bulk([line.product_id for line in counted])
    lacking = (error for line in counted if (error := _lacks(line, found.get(line.product_id))))
    first = counted[0]
    return next(lacking, None) or _too_few(first, found[first.product_id])


def _lacks(line: PreviewLine, product: Product | None) -> OrderError | None:
    if product is None or not product.is_active or product.inventory != line.inventory:
        return ProductNotFound(product=line.sku)
    return _too_few(line, product) if product.stock_quantity < line.quantity else None


def _too_few(line: PreviewLine, product: Product) -> OrderError:
    return InsufficientStock(product=line.sku, wanted=line.quantity, left=product.stock_quantity)


def _counted(preview: Preview) -> list[PreviewLine]:
    return [line for line in preview.lines if line.inventory == Inventory.COUNTED]
