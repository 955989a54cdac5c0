"""Fills the shelves: categories, products, stock or numbers, pictures. What is there is left alone."""

from django.db import transaction
from django.db.models import Q

from catalog import inventory
from catalog.models import Category, Inventory, Product
from demo.catalogue import SHELVES
from demo.items import Item, Shelf
from demo.pictures import add_pictures
from demo.prices import local
from demo.taxes import class_of
from demo.translations import of_item, of_shelf


def fill_shelves() -> int:
    """Make the products that are missing; each appears whole or not at all. Returns how many were made."""
    made = 0
    for position, shelf in enumerate(SHELVES, start=1):
        missing = [item for item in shelf.items if not _exists(item)]
        for item in missing:
            _make(shelf, position, item)
        made += len(missing)
    return made


def _exists(item: Item) -> bool:
    """Staff may have changed a product's sku or its slug since: it is still the same product."""
    return Product.objects.filter(Q(sku=item.sku) | Q(slug=item.slug)).exists()


@transaction.atomic
def _make(shelf: Shelf, position: int, item: Item) -> None:
    category, _ = Category.objects.get_or_create(
        slug=shelf.slug, defaults={"name": shelf.name, "position": position} | of_shelf(shelf)
    )
    length_cm, width_cm, height_cm = item.sides_cm
    product = Product.objects.create(
        category=category,
        sku=item.sku,
        slug=item.slug,
        name=item.name,
        description=item.description,
        price=local(item.price),
        tax_class=class_of(shelf.slug),
        needs_parcel=item.weight_g > 0,
        weight_g=item.weight_g,
        length_cm=length_cm,
        width_cm=width_cm,
        height_cm=height_cm,
        inventory=Inventory.NUMBERED if item.numbers else Inventory.COUNTED,
        numbers_reusable=item.numbers_reusable,
        **of_item(item),
    )
    _stock(product, item)
    add_pictures(product, item)


def _stock(product: Product, item: Item) -> None:
    if item.numbers:
        inventory.add_numbers(product_id=product.pk, values=item.numbers, actor=None)
    elif item.stock:
        inventory.receive(product_id=product.pk, quantity=item.stock, reason="First delivery", actor=None)
    else:
        # Sold out, and the history says why.
        inventory.receive(product_id=product.pk, quantity=6, reason="First delivery", actor=None)
        inventory.count(
            product_id=product.pk,
            quantity=0,
            reason="Broken in transport, sent back to the potter",
            actor=None,
        )
