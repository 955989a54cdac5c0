"""What a list shows: a card for each product without options and one for each group of variants; and what to filter by.

Each is one statement, however many variants there are.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Max, QuerySet, Value

from catalog import price_history
from catalog.languages import local_text
from catalog.models import OptionValue, Product, ProductGroup
from catalog.shelf import shelf

# Values that are offered to filter by, of all options together; and variants that are looked at for each of the options.
MAX_OFFERED = 100
MAX_LOOKED_AT = 1000


@dataclass(frozen=True)
class Card:
    """A product in a list, or a group by the variant that stands for it: the cheapest of those that are meant."""

    product: Product
    group: ProductGroup | None
    highest: Decimal
    is_left: bool
    # Whether it is just this variant that was looked for.
    is_meant: bool = False

    @property
    def name(self) -> str:
        return self.group.local_name if self.group else self.product.local_name

    @property
    def slug(self) -> str:
        return self.group.slug if self.group else self.product.slug

    @property
    def is_from(self) -> bool:
        """Whether others of the group cost more."""
        return self.highest > self.product.price_now

    @property
    def query(self) -> str:
        return f"?variant={self.product.slug}" if self.group and self.is_meant else ""


def cards(products: Iterable[Product], *, is_meant: bool = False) -> list[Card]:
    """Cards of products as `lists.one_each` finds them."""
    shown = list(products)
    price_history.note_lowest(shown)
    groups = {product.group_id for product in shown if product.group_id}
    priced = _priced(groups) if groups else {}
    return [_card(product, priced, is_meant=is_meant) for product in shown]


def _card(product: Product, priced: dict[int, tuple[Decimal, bool]], *, is_meant: bool) -> Card:
    if product.group_id is None:
        return Card(product, None, product.price_now, shelf.available(product) > 0)
    highest, is_left = priced.get(product.group_id, (product.price_now, False))
    return Card(product, product.group, highest, is_left, is_meant)


def _priced(groups: Iterable[int]) -> dict[int, tuple[Decimal, bool]]:
    """The highest price of each group's variants on sale, and whether anything of them is left."""
    variants = Product.objects.filter(group__in=groups, is_active=True).order_by().values("group_id")
    rows = variants.annotate(highest=Max(shelf.price_now()), left=Count("pk", filter=shelf.is_left()))
    return {row["group_id"]: (row["highest"], row["left"] > 0) for row in rows}


@dataclass(frozen=True)
class Offered:
    """A value that products can be filtered by: as the address has it, and in the reader's language."""

    option: str
    value: str
    shown_option: str
    shown_value: str


def offered(found: QuerySet[Product]) -> list[Offered]:
    """The values of options that some of the products found have, option by option in the order of their positions.

    Of more than MAX_LOOKED_AT variants those are offered that the first of them have.
    """
    parts = [_offered_by(found, at) for at in range(1, len(shelf.VALUES) + 1)]
    rows = parts[0].union(*parts[1:], all=True)[: MAX_OFFERED * len(parts)]
    merged: dict[tuple[str, str], tuple[int, int, Offered]] = {}
    for at, option, value, shown_option, shown_value, position in rows:
        place = (at, position, Offered(option, value, shown_option, shown_value))
        merged[option, value] = min(merged.get((option, value), place), place, key=lambda one: one[:2])
    ranked = sorted(merged.values(), key=lambda one: (one[2].option, one[1], one[2].value))
    return [one for _at, _position, one in ranked[:MAX_OFFERED]]


def _offered_by(found: QuerySet[Product], at: int) -> QuerySet[OptionValue, Any]:
    value, option = f"value_{at}_id", f"group__option_{at}"
    had = found.filter(**{f"{value}__isnull": False}).order_by(value).values(value)[:MAX_LOOKED_AT]
    texts = (F(option), F("name"), local_text(option), local_text("name"))
    values = OptionValue.objects.filter(pk__in=had).order_by()
    return values.values_list(Value(at), *texts, F("position")).distinct()
