"""Lists of products that customers page through: a page costs the same, however many products there are.

A list is read in parts that have no product in common. An index has each of them in the order of the list, so that a page
reads as much of each as a page has, and sorts that. What is found by words or by options is sorted: no index has its order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import BigIntegerField, F, QuerySet
from django.db.models.functions import Coalesce

from catalog.models import Product
from catalog.shelf import shelf
from database.replica import reading

# More parts are not merged: what has so many categories is much of the shop, and found by reading on.
MAX_PARTS = 24
# More products than a person pages through; a longer list is narrowed down instead.
MAX_COUNTED = 10_000
Found = QuerySet[Product]


@dataclass(frozen=True)
class Wish:
    """What is asked of a list, as `shelf.find` takes it; besides, ids of categories (None: all) and values of options."""

    text: str = ""
    min_price: Decimal | None = None
    max_price: Decimal | None = None
    in_stock: bool = False
    ordering: str = ""
    categories: Sequence[int] | None = None
    options: Sequence[tuple[str, str]] = ()

    @property
    def order(self) -> tuple[str, ...]:
        """The columns that the list is in the order of."""
        return shelf.ordering_of(self.ordering, text=self.text)

    @property
    def is_sorted(self) -> bool:
        """Whether all that is found has to be sorted."""
        return bool(self.text or self.options)

    @cached_property
    def found(self) -> Found:
        """What is found, whatever its options are. What words mean is looked up once."""
        products = shelf.find(
            text=self.text,
            min_price=self.min_price,
            max_price=self.max_price,
            in_stock=self.in_stock,
            ordering=self.ordering,
        )
        return products if self.categories is None else shelf.within(products, self.categories)

    @property
    def is_of_prices(self) -> bool:
        return (self.min_price, self.max_price) != (None, None) or self.ordering in ("price", "-price")


class InParts:
    """Rows in the order of their parts' indexes: what pages ask of a QuerySet, of which each slice is one."""

    ordered = True

    def __init__(self, rows: QuerySet[Product], parts: Sequence[QuerySet[Product]]) -> None:
        self.rows, self.parts = rows, parts

    def prefetch_related(self, *names: str) -> "InParts":
        return InParts(self.rows.prefetch_related(*names), self.parts)

    def order_by(self, *ordering: str) -> "InParts":
        return InParts(self.rows.order_by(*ordering), self.parts)

    def filter(self, **of_each: Any) -> "InParts":
        return InParts(self.rows, [part.filter(**of_each) for part in self.parts])

    def __getitem__(self, wanted: slice) -> QuerySet[Product]:
        parts = [part.order_by(*self.rows.query.order_by).values("pk") for part in self.parts]
        if len(parts) == 1:
            return self.rows.filter(pk__in=parts[0][wanted])
        # PostgreSQL merges nothing that is filtered: so much of each part is as much as a page may have of it.
        return self.rows.filter(pk__in=_all_of([part[: wanted.stop] for part in parts]))[wanted]


def _all_of(parts: "Sequence[QuerySet[Product, Any]]") -> "QuerySet[Product, Any]":
    first, *others = parts
    return first.union(*others, all=True) if others else first


def found(wish: Wish) -> QuerySet[Product]:
    """All products that a wish finds, sorted."""
    return shelf.with_values(wish.found, wish.options)


def each(wish: Wish) -> QuerySet[Product] | InParts:
    """Each product that a wish finds, in its order."""
    return found(wish) if wish.is_sorted else _in_parts(wish, one_each=False)


def one_each(wish: Wish) -> QuerySet[Product] | InParts:
    """The same, of each group the cheapest of the variants that are found."""
    return shelf.one_of_group(found(wish)) if wish.is_sorted else _in_parts(wish, one_each=True)


def counted(wish: Wish) -> tuple[int, bool]:
    """How many a wish finds, the variants of a group as one, and whether there are more than that.

    No more than MAX_COUNTED products are counted, and one that says that there are more.
    """
    listed = each(wish)
    parts = listed.parts if isinstance(listed, InParts) else [listed]
    shown_as = Coalesce(F("group_id") * -1, F("id"), output_field=BigIntegerField())
    some = _all_of([part.order_by().values("id", shown_as=shown_as) for part in parts])[: MAX_COUNTED + 1]
    try:
        statement, parameters = some.query.sql_with_params()
    except EmptyResultSet:
        return 0, False
    with reading().cursor() as cursor:
        cursor.execute(f"SELECT count(*), count(DISTINCT shown_as) FROM ({statement}) AS seen", parameters)  # noqa: S608 Django's own words
        products, shown = cursor.fetchone()
    return (shown - 1, True) if products > MAX_COUNTED else (shown, False)


def _in_parts(wish: Wish, *, one_each: bool) -> InParts:
    rows = shelf.find(in_stock=wish.in_stock, ordering=wish.ordering)
    among = shelf.priced(rows, wish.min_price, wish.max_price)
    parts = [among]
    if wish.is_of_prices:
        parts = [shelf.priced(one, wish.min_price, wish.max_price) for one in shelf.by_sale(rows)]
    chosen = [(part, among) for part in parts]
    if wish.categories is not None:
        chosen = [one for part in parts for one in _within(part, among, wish.categories, len(parts))]
    if one_each:
        parts = [shelf.cheapest_of_group(part, others) for part, others in chosen]
    else:
        parts = [part for part, _others in chosen]
    return InParts(rows, parts)


def _within(part: Found, among: Found, categories: Sequence[int], times: int) -> list[tuple[Found, Found]]:
    """A part by categories, each with the products among which it has the cheapest of a group.

    The variants of a group are in one category, which need not be asked of them.
    """
    these = shelf.is_within(categories)
    if (len(categories) + 1) * times > MAX_PARTS:
        return [(part.filter(these), among.filter(these))]
    own = [(part.filter(category=category), among) for category in categories]
    further = shelf.within_further(part.exclude(category__in=categories), categories)
    return [*own, (further, among.filter(these))]
