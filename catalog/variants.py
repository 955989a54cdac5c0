"""Products in variants: making their variants, giving them a further option, and what a customer can choose.

Whatever is done to the variants of a group locks the group first (docs/locks.md). Money is in the shop's currency.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product as combinations

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from catalog import inventory
from catalog.languages import other_columns
from catalog.models import OptionValue, Product, ProductGroup
from catalog.models.group import MAX_OPTIONS
from catalog.rights import CatalogRights
from catalog.shelf import shelf
from catalog.skus import products_of
from catalog.slugs import free_slug, slug_of
from refusals import Refusal
from staff.log import use_right, write
from staff.rights import Actor, require

# Of one group. A page shows all of them.
MAX_VARIANTS = 200
# What a new variant has from the first of its group; stock and numbers come in as they do for every product.
LIKE_THE_FIRST = (
    *("price", "tax_class_id", "needs_parcel", "weight_g", "length_cm", "width_cm", "height_cm"),
    *("inventory", "is_gift_card", "numbers_reusable", "refunds", "starts_at"),
)
MAX_SKU = 64
BY_VALUES = [f"value_{at}__{by}" for at in range(1, MAX_OPTIONS + 1) for by in ("position", "id")]


class VariantError(Refusal):
    """Base of what is refused at the desk; it is said there alone."""


class TooManyVariants(VariantError):
    message = _("A product has 200 variants at most: take values away, or make two products of it.")


class MissingValues(VariantError):
    message = _("Each option needs a value before there can be variants.")


class NoMoreOptions(VariantError):
    message = _("A product has three options at most.")


def locked_group(group_id: int) -> ProductGroup:
    """The group, locked until the transaction ends."""
    return ProductGroup.objects.select_for_update(no_key=True).get(pk=group_id)


@transaction.atomic
def make_missing(*, group_id: int, actor: Actor | None) -> list[Product]:
    """Make a variant for each combination of values that has none; each is off sale, to be looked at first.

    They are like the group's first variant in price, parcel and inventory. Raises MissingValues, TooManyVariants,
    PermissionDenied.
    """
    require(actor=actor, right=CatalogRights.ADD_PRODUCTS)
    group = locked_group(group_id)
    there = list(variants_of(group))
    missing = _missing(group, there)
    if len(there) + len(missing) > MAX_VARIANTS:
        raise TooManyVariants
    made = [_make(there[0] if there else Product(price=0), group, values) for values in missing]
    if actor is not None:
        skus = ", ".join(variant.sku for variant in made)
        write(actor=actor, action=CatalogRights.ADD_PRODUCTS, about=[group], added=skus)
    return made


def _make(like: Product, group: ProductGroup, values: Sequence[OptionValue]) -> Product:
    alike = {name: getattr(like, name) for name in LIKE_THE_FIRST}
    placed = {f"value_{at}": value for at, value in enumerate(values, start=1)}
    slug = free_slug(Product, [f"{group.name} {' '.join(value.name for value in values)}"])
    sku = _free_sku(group, values)
    variant = Product(
        group=group, category_id=group.category_id, is_active=False, sku=sku, slug=slug, **alike, **placed
    )
    variant.save(force_insert=True)
    variant.refresh_from_db(fields=["name", *other_columns("name")])
    return variant


def missing_count(group: ProductGroup) -> int:
    """How many combinations of values have no variant; none where an option has no values, or where they are too many."""
    try:
        return len(_missing(group, variants_of(group)))
    except VariantError:
        return 0


def variants_of(group: ProductGroup) -> QuerySet[Product]:
    """All variants of a group in the order of their values, with what they are told by."""
    return group.variants.select_related(*shelf.VALUES).order_by(*BY_VALUES)


def _missing(group: ProductGroup, there: Iterable[Product]) -> list[tuple[OptionValue, ...]]:
    by_option: dict[int, list[OptionValue]] = {at: [] for at in range(1, len(group.options) + 1)}
    for value in group.values.all():
        by_option.setdefault(value.option, []).append(value)
    if not all(by_option.values()):
        raise MissingValues
    taken = {tuple(variant.values) for variant in there}
    # So many that nobody wants them need not be made to be counted.
    together = 1
    for values in by_option.values():
        together *= len(values)
    if together > MAX_VARIANTS:
        raise TooManyVariants
    return [values for values in combinations(*by_option.values()) if values not in taken]


def _free_sku(group: ProductGroup, values: Sequence[OptionValue]) -> str:
    """Made of the group's address and the values; with a number behind it when another product has it."""
    parts = [group.slug, *(slug_of(value.name, longest=12) or str(value.pk) for value in values)]
    sku = "-".join(parts).upper()[: MAX_SKU - 4]
    numbered = [sku, *(f"{sku}-{at}" for at in range(2, MAX_VARIANTS + 2))]
    taken = products_of(numbered)
    return next(one for one in numbered if one not in taken)


@transaction.atomic
def add_option(*, group_id: int, option: dict[str, str], value: dict[str, str], actor: Actor | None) -> None:
    """Give a group its next option; the variants that are there get its first value.

    `option` and `value` are their names by column (`name`, `name_vi`). Raises NoMoreOptions, PermissionDenied.
    """
    group = locked_group(group_id)
    use_right(actor=actor, right=CatalogRights.CHANGE_PRODUCTS, about=group, added=option["name"])
    at = len(group.options) + 1
    if at > MAX_OPTIONS:
        raise NoMoreOptions
    first = OptionValue.objects.create(group=group, option=at, **value)
    for name, text in option.items():
        setattr(group, name.replace("name", f"option_{at}", 1), text)
    group.save()
    locked = inventory.lock(group.variants.values_list("pk", flat=True))
    Product.objects.filter(pk__in=[one.pk for one in locked]).update(**{f"value_{at}": first})


# --- what a customer can choose ---------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Choice:
    """A value of an option as a page offers it: the variant that choosing it leads to."""

    value: OptionValue
    variant: Product
    is_chosen: bool
    is_sold_out: bool


@dataclass(frozen=True)
class Options:
    """An option by its name, with the values that some variant on sale has."""

    name: str
    choices: list[Choice]


def on_sale_of(group: ProductGroup) -> list[Product]:
    """The group's variants on sale with all that a page shows of them, in the order of their values."""
    on_sale = shelf.on_sale().filter(group=group).select_related("category", *shelf.VALUES)
    return list(on_sale.order_by(*BY_VALUES))


def chosen(variants: Sequence[Product], slug: str) -> Product:
    """The variant of that slug, or else the first that can be bought, or the first."""
    asked = (one for one in variants if one.slug == slug)
    left = (one for one in variants if shelf.available(one) > 0)
    return next(asked, None) or next(left, None) or variants[0]


def options_of(group: ProductGroup, variants: Sequence[Product], now: Product) -> list[Options]:
    """What can be chosen instead of `now`, option by option, and what of it is sold out."""
    return [Options(name, _choices(variants, now, at)) for at, name in enumerate(group.options)]


def _choices(variants: Sequence[Product], now: Product, at: int) -> list[Choice]:
    values = sorted({one.values[at] for one in variants}, key=lambda value: (value.position, value.pk))
    choices = []
    for value in values:
        variant = _nearest([one for one in variants if one.values[at] == value], now)
        is_sold_out = shelf.available(variant) <= 0
        choices.append(Choice(value, variant, value == now.values[at], is_sold_out))
    return choices


def _nearest(variants: Sequence[Product], now: Product) -> Product:
    """The one that has most of the other values, those of the first options above all; of several, one that is left."""

    def likeness(one: Product) -> tuple[list[bool], bool]:
        return [mine == other for mine, other in zip(one.values, now.values, strict=True)], shelf.available(
            one
        ) > 0

    return max(variants, key=likeness)
