"""What customers see of the catalog: the products on sale, how many of each can be ordered, and finding them.

It only reads; changes of stock are in catalog/inventory/.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.contrib.postgres.search import SearchRank
from django.core.files.storage import default_storage
from django.db import connection
from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, TextField, When
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, Collate, Now
from django.db.models.lookups import GreaterThanOrEqual, LessThan

from catalog import inventory, search
from catalog.alphabets import sorted_by
from catalog.languages import column, local_text, readers_language
from catalog.models import Category, Inventory, Number, Product
from catalog.money import rounded, smallest
from catalog.skus import tidy

# How a list may be ordered; each ends in something unique, so that pages don't overlap.
# `by_name` is the name in the reader's language, in the order of its alphabet.
ORDERINGS: dict[str, tuple[str, ...]] = {
    "relevance": ("-relevance", "by_name", "id"),
    "name": ("by_name", "id"),
    "new": ("-created_at", "-id"),
    "price": ("charged", "id"),
    "-price": ("-charged", "-id"),
}
CATEGORY_ORDERING = ("position", "by_name", "id")

PICTURES = (
    "SELECT product_id, image FROM catalog_productimage WHERE product_id = ANY(%s) ORDER BY position, id"
)


def on_sale() -> QuerySet[Product]:
    """Products on sale with all that a card or a line shows, in a fixed number of statements."""
    products = Product.objects.filter(is_active=True).select_related("category").annotate(charged=price_now())
    return inventory.with_available(products).prefetch_related("images")


def available(product: Product) -> int:
    """How many can be ordered now: pieces on hand, or free numbers."""
    return inventory.available(product)


def by_sku(products: QuerySet[Product], skus: Iterable[str]) -> dict[str, Product]:
    """Those of the products that were meant, by SKU as it was given: signs in it that can't be seen count for nothing."""
    given = {sku: tidy(sku) for sku in skus}
    found = products.filter(sku__in={*given, *given.values()}).in_bulk(field_name="sku")
    meant = {sku: found.get(sku) or found.get(shown) for sku, shown in given.items()}
    return {sku: product for sku, product in meant.items() if product}


def left_of(products: QuerySet[Product]) -> QuerySet[Product]:
    """Those of which something is left."""
    return products.filter(_has_pieces() | _has_numbers())


def pictures_of(product_ids: Iterable[int]) -> dict[int, list[str]]:
    """The addresses of the products' pictures in their order, by product; those without one are left out."""
    pictures: dict[int, list[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(PICTURES, [list(product_ids)])
        for product_id, name in cursor.fetchall():
            pictures.setdefault(product_id, []).append(default_storage.url(name))
    return pictures


def find(
    *,
    text: str = "",
    category: str = "",
    min_price: Decimal | None = None,
    max_price: Decimal | None = None,
    in_stock: bool = False,
    ordering: str = "",
) -> QuerySet[Product]:
    """Products on sale that have every word of the text and pass all other filters. `category` is a slug.

    Prices are in the shop's currency and compared as they are shown. `ordering` is one of ORDERINGS; without one, by
    relevance where there is a text and else by name. Any text is allowed; one without letters and digits finds nothing.
    """
    found = _priced(on_sale(), min_price, max_price)
    if category:
        found = found.filter(category__slug=category)
    if in_stock:
        found = left_of(found)
    searched = bool(search.typed(text))
    if searched:
        found = _matching(found, text)
    if not ordering or (ordering == "relevance" and not searched):
        ordering = "relevance" if searched else "name"
    return _ordered(found, ORDERINGS[ordering], by_name())


def categories() -> QuerySet[Category]:
    """Categories in the order of the shop, and those of one position by name."""
    return _ordered(Category.objects.all(), CATEGORY_ORDERING, _sorted_name())


def price_now() -> Combinable:
    """What a piece costs now, as `Product.price_now`."""
    has_begun = Q(sale_starts__isnull=True) | Q(sale_starts__lte=Now())
    has_no_end = Q(sale_ends__isnull=True) | Q(sale_ends__gt=Now())
    return Case(
        When(has_begun & has_no_end & Q(sale_price__isnull=False), then="sale_price"), default="price"
    )


def by_name() -> Combinable:
    """What products are sorted by that are sorted by name; made anew for those written before there was this language."""
    kept = KeyTextTransform(readers_language(), "search__by_name")
    return Collate(Coalesce(kept, _sorted_name(), output_field=TextField()), "C")


def _sorted_name() -> Combinable:
    return sorted_by(local_text("name"), readers_language())


def _ordered(things: QuerySet[Any], ordering: tuple[str, ...], by_name: Combinable) -> QuerySet[Any]:
    """The annotation is named after the language: a page in one language does not go on where another's ended."""
    name = column("by_name", readers_language())
    if "by_name" in ordering:
        things = things.annotate(**{name: by_name})
    return things.order_by(*(name if part == "by_name" else part for part in ordering))


def _matching(products: QuerySet[Product], text: str) -> QuerySet[Product]:
    query = search.WordsQuery(text)
    rank = SearchRank(F("search__words"), query, weights=search.WEIGHTS)
    # A whole number: a page of a list begins where the one before it ended, and floats do not compare reliably.
    return products.filter(search__words=query).annotate(relevance=Cast(rank * 1_000_000, IntegerField()))


def _priced(products: QuerySet[Product], low: Decimal | None, high: Decimal | None) -> QuerySet[Product]:
    """A price is shown rounded: half of the smallest amount to either side shows the same."""
    half = smallest() / 2
    if low is not None:
        products = products.filter(GreaterThanOrEqual(price_now(), rounded(low) - half))
    if high is not None:
        products = products.filter(LessThan(price_now(), rounded(high) + half))
    return products


def _has_pieces() -> Q:
    return Q(inventory=Inventory.COUNTED, stock_quantity__gt=0)


def _has_numbers() -> Exists:
    return Exists(Number.objects.filter(product=OuterRef("pk"), state=Number.State.FREE))
