"""What is wanted: the items that a preview is asked for, checked."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from catalog.models import Product
from catalog.shelf import shelf
from orders.errors import InvalidInput
from orders.shipping import rates
from orders.shipping.rates import Parcel

MAX_ITEMS = 100
MAX_QUANTITY = 999


def parcel_of(*, items: Sequence[tuple[str, int]]) -> Parcel:
    """The parcel that a preview for the (sku, quantity) pairs would have. Raises InvalidInput as create_preview does."""
    ordered, errors = wanted(items)
    if errors:
        raise InvalidInput(errors)
    return rates.pack(ordered)


def wanted(items: Sequence[tuple[str, int]]) -> tuple[list[tuple[Product, int]], dict[str, list[str]]]:
    """The products on sale with their quantities, and every field that is wrong."""
    meant = shelf.on_sale_by_sku(sku for sku, _quantity in items)
    errors = _check_items([(meant[sku].sku if sku in meant else sku, quantity) for sku, quantity in items])
    for index, (sku, _quantity) in enumerate(items):
        if sku not in meant:
            errors.setdefault(f"items.{index}.sku", []).append(_("There is no such product on sale."))
    added_up: dict[Product, int] = {}
    for sku, quantity in items:
        if product := meant.get(sku):
            added_up[product] = added_up.get(product, 0) + quantity
    return list(added_up.items()), errors


def _check_items(items: Sequence[tuple[str, int]]) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if not 1 <= len(items) <= MAX_ITEMS:
        errors["items"] = [_("An order has 1 to %(most)d items.") % {"most": MAX_ITEMS}]
    together: dict[str, int] = {}
    for index, (sku, quantity) in enumerate(items):
        together[sku] = together.get(sku, 0) + quantity
        if quantity < 1 or together[sku] > MAX_QUANTITY:
            errors[f"items.{index}.quantity"] = [
                _("The quantity must be 1 to %(most)d.") % {"most": MAX_QUANTITY}
            ]
    return errors
