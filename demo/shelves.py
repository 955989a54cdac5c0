"""Fills the shelves: categories, products, stock or numbers, pictures. What is there is left alone."""

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.text import slugify

from catalog import inventory
from catalog.models import Category, Inventory, OptionValue, Product, ProductGroup
from demo.catalogue import SHELVES
from demo.items import Item, ItemGroup, Shelf, Variant
from demo.pictures import add_pictures
from demo.pricing.prices import local
from demo.pricing.taxes import class_of
from demo.translations import of_group, of_item, of_shelf, of_value

# When what is on in the evening begins.
DOORS = time(19, 30)


def fill_shelves() -> int:
    """Make the products that are missing; each appears whole or not at all. Returns how many were made."""
    made = 0
    for position, shelf in enumerate(SHELVES, start=1):
        missing = [item for item in shelf.items if not _exists(item)]
        for item in missing:
            _make(shelf, position, item)
        groups = [
            group for group in shelf.groups if not ProductGroup.objects.filter(slug=group.slug).exists()
        ]
        for group in groups:
            _make_group(shelf, position, group)
        made += len(missing) + len(groups)
    return made


def _exists(item: Item) -> bool:
    """Staff may have changed a product's sku or its slug since: it is still the same product."""
    return Product.objects.filter(Q(sku=item.sku) | Q(slug=item.slug)).exists()


@transaction.atomic
def _make(shelf: Shelf, position: int, item: Item) -> None:
    category = _category(shelf, position)
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
        is_gift_card=item.is_gift_card,
        starts_at=_evening(item.begins_in_days),
        available_from=_day(item.sent_in_days),
        **of_item(item),
    )
    if item.sale_price:
        # Afterwards, so that there is a price before the sale.
        product.sale_price = local(item.sale_price)
        product.save(update_fields=["sale_price"])
    if item.numbers:
        inventory.add_numbers(product_id=product.pk, values=item.numbers, actor=None)
    else:
        _stock(product, item.stock)
    add_pictures(product, item.pictures)


def _day(days: int) -> date | None:
    return timezone.localdate() + timedelta(days=days) if days else None


def _evening(days: int) -> datetime | None:
    day = _day(days)
    return timezone.make_aware(datetime.combine(day, DOORS)) if day else None


def _category(shelf: Shelf, position: int) -> Category:
    above = Category.objects.filter(slug=shelf.below).first() if shelf.below else None
    given = {"name": shelf.name, "position": position, "parent": above} | of_shelf(shelf)
    return Category.objects.get_or_create(slug=shelf.slug, defaults=given)[0]


@transaction.atomic
def _make_group(shelf: Shelf, position: int, item: ItemGroup) -> None:
    named = {f"option_{at}": option for at, option in enumerate(item.options, start=1)}
    group = ProductGroup.objects.create(
        category=_category(shelf, position),
        slug=item.slug,
        name=item.name,
        description=item.description,
        **named,
        **of_group(item),
    )
    values = [
        {name: _value(group, at, place, name) for place, name in enumerate(names)}
        for at, names in enumerate(item.options.values(), start=1)
    ]
    for variant in item.variants:
        placed = {f"value_{at}": values[at - 1][name] for at, name in enumerate(variant.values, start=1)}
        _make_variant(group, item, variant, placed)
    add_pictures(group, item.pictures)


def _value(group: ProductGroup, option: int, position: int, name: str) -> OptionValue:
    return OptionValue.objects.create(
        group=group, option=option, position=position, name=name, **of_value(name)
    )


def _make_variant(
    group: ProductGroup, item: ItemGroup, variant: Variant, placed: dict[str, OptionValue]
) -> None:
    length_cm, width_cm, height_cm = item.sides_cm
    product = Product.objects.create(
        group=group,
        category_id=group.category_id,
        sku=variant.sku,
        slug=slugify(f"{item.slug} {' '.join(variant.values)}"),
        price=local(variant.price),
        weight_g=item.weight_g,
        length_cm=length_cm,
        width_cm=width_cm,
        height_cm=height_cm,
        **placed,
    )
    _stock(product, variant.stock)
    add_pictures(product, [item.pictures_of[value] for value in variant.values if value in item.pictures_of])


def _stock(product: Product, pieces: int) -> None:
    if pieces:
        inventory.receive(product_id=product.pk, quantity=pieces, reason="First delivery", actor=None)
    else:
        # Sold out, and the history says why.
        inventory.receive(product_id=product.pk, quantity=6, reason="First delivery", actor=None)
        inventory.count(
            product_id=product.pk,
            quantity=0,
            reason="Broken in transport, sent back to the maker",
            actor=None,
        )
