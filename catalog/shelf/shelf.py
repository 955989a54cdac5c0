"""What customers see of the catalog: the products on sale, how many of each can be ordered, and finding them.

It only reads; changes of stock are in catalog/inventory/.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.core.files.storage import default_storage
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Lower, Now

from catalog import inventory
from catalog.languages import column, local_text, readers_language
from catalog.models import Category, Inventory, Number, OptionValue, Product, ProductGroup
from catalog.money import rounded, smallest
from catalog.search import search
from catalog.search.alphabets import sorted_by
from catalog.shelf.category_tree import Tree
from catalog.shelf.words import matching
from catalog.skus import tidy
from database import fetch
from database.rows import find as find_rows

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

# A variant without a picture of its own has its group's. Whose they are, an array of SQL says.
PICTURES = """
SELECT product_id, image FROM (
    SELECT p.id AS product_id, i.image, i.position, i.id FROM catalog_product p
    JOIN catalog_productimage i ON i.product_id = p.id WHERE p.id = ANY({products})
    UNION ALL
    SELECT p.id, i.image, i.position, i.id FROM catalog_product p JOIN catalog_productimage i ON i.group_id = p.group_id
    WHERE p.id = ANY({products}) AND NOT EXISTS (SELECT FROM catalog_productimage own WHERE own.product_id = p.id)
) shown ORDER BY position, id
"""
PICTURES_BY_ID = PICTURES.format(products="%(ids)s::bigint[]")
MEANT = "WHERE is_active AND sku = ANY(%s::text[])"
# What a variant is told by.
VALUES = ("value_1", "value_2", "value_3")


# Options with values that are wanted of them.
Options = Iterable[tuple[str, str]]


def on_sale() -> QuerySet[Product]:
    """Products on sale with all that a card or a line shows, in a fixed number of statements."""
    products = Product.objects.filter(is_active=True).select_related("category").annotate(charged=price_now())
    return inventory.with_available(products).prefetch_related("images", "group__images")


def available(product: Product) -> int:
    """How many can be ordered now: pieces on hand, or free numbers; none of what has begun."""
    return 0 if product.has_begun else inventory.available(product)


def by_sku(products: QuerySet[Product], skus: Iterable[str]) -> dict[str, Product]:
    """Those of the products that were meant, by SKU as it was given: signs in it that can't be seen count for nothing."""
    given = {sku: tidy(sku) for sku in skus}
    return meant(given, products.filter(sku__in={*given, *given.values()}))


def on_sale_by_sku(skus: Iterable[str]) -> dict[str, Product]:
    """The same of all products that are on sale."""
    given = {sku: tidy(sku) for sku in skus}
    return meant(given, find_rows(Product, MEANT, [[*given, *given.values()]]))


def meant(given: Mapping[str, str], products: Iterable[Product]) -> dict[str, Product]:
    """Of the products those that are meant, by SKU as it was given; `given` is each with how a new one would be written."""
    found = {product.sku: product for product in products}
    meant = {sku: found.get(sku) or found.get(shown) for sku, shown in given.items()}
    return {sku: product for sku, product in meant.items() if product}


def left_of(products: QuerySet[Product]) -> QuerySet[Product]:
    """Those of which something is left to be ordered."""
    return products.filter(is_left())


def is_left() -> Q:
    """That something is left of a product, and what it is for has not begun."""
    return (_has_pieces() | Q(_has_numbers())) & ~has_begun()


def has_begun() -> Q:
    """That what a product is for has begun, by the database's clock."""
    return Q(starts_at__isnull=False, starts_at__lte=Now())


def pictures_of(product_ids: Iterable[int]) -> dict[int, list[str]]:
    """The addresses of the products' pictures in their order, by product; those without one are left out."""
    return addressed(fetch(PICTURES_BY_ID, {"ids": list(product_ids)}))


def addressed(pictures: Iterable[tuple[int, str]]) -> dict[int, list[str]]:
    """The rows of PICTURES as `pictures_of` gives them."""
    found: dict[int, list[str]] = {}
    for product_id, name in pictures:
        found.setdefault(product_id, []).append(default_storage.url(name))
    return found


def find(
    *,
    text: str = "",
    min_price: Decimal | None = None,
    max_price: Decimal | None = None,
    in_stock: bool = False,
    ordering: str = "",
) -> QuerySet[Product]:
    """Products on sale that have every word of the text and pass all other filters.

    Prices are in the shop's currency and compared as they are shown. `ordering` is one of ORDERINGS; without one, by
    relevance where there is a text and else by name. Any text is allowed; one without letters and digits finds nothing.
    """
    found = priced(on_sale(), min_price, max_price)
    if in_stock:
        found = left_of(found)
    if search.typed(text):
        found = matching(found, text)
    return found.order_by(*ordering_of(ordering, text=text))


def ordering_of(name: str, *, text: str = "") -> tuple[str, ...]:
    """The columns that `find` orders by, in the reader's language: a page in one does not go on where another's ended."""
    searched = bool(search.typed(text))
    if not name or (name == "relevance" and not searched):
        name = "relevance" if searched else "name"
    return _in_language(ORDERINGS[name])


def by_name() -> str:
    """The column by which products are in the order of their names, as the reader's alphabet has it."""
    return column("by_name", readers_language())


def _in_language(ordering: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(by_name() if part == "by_name" else part for part in ordering)


def within(products: QuerySet[Product], category_ids: Iterable[int]) -> QuerySet[Product]:
    """Those in some of the categories, in three parts that each have an index.

    By its own category, by a further one, and by a further one of its group. What is below a category belongs to it
    (`Tree.ids_within`).
    """
    ids = list(category_ids)
    own = Product.objects.filter(category__in=ids).order_by().values("pk")
    return products.filter(pk__in=own.union(*_further(ids), all=True))


def within_further(products: QuerySet[Product], category_ids: Iterable[int]) -> QuerySet[Product]:
    """Those for which they are further categories."""
    first, *others = _further(list(category_ids))
    return products.filter(pk__in=first.union(*others, all=True))


def _further(ids: list[int]) -> list[QuerySet[Any, Any]]:
    further = Product.also_in.through.objects.filter(category__in=ids).values("product_id")
    groups = ProductGroup.also_in.through.objects.filter(category__in=ids).values("productgroup_id")
    of_groups = Product.objects.filter(group__in=groups).values("pk")
    return [further.order_by(), of_groups.order_by()]


def is_within(category_ids: Iterable[int]) -> Q:
    """That a product is in some of the categories, asked of one product after the other."""
    ids = list(category_ids)
    further = Product.also_in.through.objects.filter(product=OuterRef("pk"), category__in=ids)
    of_group = ProductGroup.also_in.through.objects.filter(productgroup=OuterRef("group"), category__in=ids)
    return Q(category__in=ids) | Q(Exists(further)) | Q(Exists(of_group))


def with_values(products: QuerySet[Product], options: Options) -> QuerySet[Product]:
    """Those that have, of each option that is named, one of its values; both are named in the shop's first language.

    Each of a variant's three values is a part of its own, with its index: in one condition all products would be read.
    """
    wanted: dict[str, list[str]] = {}
    for option, value in options:
        wanted.setdefault(option, []).append(value)
    for option, values in wanted.items():
        first, *others = (_with_value(at, option, values) for at in range(1, len(VALUES) + 1))
        products = products.filter(pk__in=first.union(*others, all=True))
    return products


def _with_value(at: int, option: str, values: Iterable[str]) -> QuerySet[Product, Any]:
    """The ids of those that have one of the values, as their group's first, second or third option."""
    # By the index of values in small letters, and then as they are written.
    small = [Lower(Value(value)) for value in values]
    spelt = OptionValue.objects.alias(small=Lower("name")).filter(small__in=small, name__in=values)
    meant = spelt.filter(**{"option": at, f"group__option_{at}": option}).order_by().values("pk")
    return Product.objects.filter(**{f"{VALUES[at - 1]}__in": meant}).order_by().values("pk")


def one_of_group(products: QuerySet[Product]) -> QuerySet[Product]:
    """Products without a group, and of each group the cheapest of the variants that are among them.

    Both are parts of their own: in one condition every product would be read for few that were found.
    """
    variants = products.filter(group__isnull=False).order_by("group_id", price_now(), "id")
    one_each = variants.distinct("group_id").values("pk")
    without_group = products.filter(group__isnull=True).order_by().values("pk")
    chosen = Product.objects.filter(pk__in=one_each).order_by().values("pk")
    return products.filter(pk__in=without_group.union(chosen, all=True))


def cheapest_of_group(products: QuerySet[Product], among: QuerySet[Product]) -> QuerySet[Product]:
    """The same, asked of one product after the other: a list that is read in its order stops where a page is full."""
    costs_less = Q(charged__lt=OuterRef("charged")) | Q(charged=OuterRef("charged"), pk__lt=OuterRef("pk"))
    cheaper = among.filter(costs_less, group=OuterRef("group"))
    return products.filter(Q(group__isnull=True) | ~Exists(cheaper))


def tree() -> Tree:
    """All categories below each other, in the order of the shop."""
    return Tree(categories())


def categories() -> QuerySet[Category]:
    """Categories in the order of the shop, and those of one position by name."""
    named = Category.objects.annotate(**{by_name(): sorted_by(local_text("name"), readers_language())})
    return named.order_by(*_in_language(CATEGORY_ORDERING))


def price_now() -> Combinable:
    """What a piece costs now, as `Product.price_now`."""
    return Case(When(_is_reduced(), then="sale_price"), default="price")


def _is_reduced() -> Q:
    """That a product's sale is on, by the database's clock."""
    has_begun = Q(sale_starts__isnull=True) | Q(sale_starts__lte=Now())
    has_no_end = Q(sale_ends__isnull=True) | Q(sale_ends__gt=Now())
    return has_begun & has_no_end & Q(sale_price__isnull=False)


def by_sale(products: QuerySet[Product]) -> tuple[QuerySet[Product], QuerySet[Product]]:
    """Those without a sale that is on, and those with one: what each of them costs now is a column, so an index has it."""
    is_not = Q(sale_price__isnull=True) | Q(sale_starts__gt=Now()) | Q(sale_ends__lte=Now())
    usual = products.filter(is_not).annotate(charged=F("price"))
    return usual, products.filter(_is_reduced()).annotate(charged=F("sale_price"))


def priced(products: QuerySet[Product], low: Decimal | None, high: Decimal | None) -> QuerySet[Product]:
    """Those that cost that much now. A price is shown rounded: half of the smallest amount to either side shows the same."""
    half = smallest() / 2
    if low is not None:
        products = products.filter(Q(charged__gte=rounded(low) - half))
    if high is not None:
        products = products.filter(Q(charged__lt=rounded(high) + half))
    return products


def _has_pieces() -> Q:
    return Q(inventory=Inventory.COUNTED, stock_quantity__gt=0)


def _has_numbers() -> Exists:
    return Exists(Number.objects.filter(product=OuterRef("pk"), state=Number.State.FREE))
