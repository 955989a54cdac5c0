"""Products on sale as a line of a cart or of a preview shows them, by statements that are planned once.

Each comes with its category and its pictures, in one round trip; how many of its numbers are free takes one more where there
is a numbered one among them, and the groups of variants two.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db.models import prefetch_related_objects

from catalog.models import Number, Product, ProductImage
from catalog.shelf.shelf import meant
from catalog.skus import tidy
from database import fetch
from database.beside import keep
from database.rows import find_together, rows_of, rows_with

FREE = f"""
SELECT product_id, count(*) FROM catalog_number
WHERE state = '{Number.State.FREE}' AND product_id = ANY(%s::bigint[]) GROUP BY product_id
"""  # noqa: S608 our own words


class Which(NamedTuple):
    """What finds products by a column, and what finds their pictures."""

    products: str
    pictures: str


def _by(column: str, kind: str) -> Which:
    ids = f"SELECT id FROM catalog_product WHERE is_active AND {column} = ANY(%s::{kind}[])"  # noqa: S608 our own words
    return Which(
        products=f"WHERE catalog_product.is_active AND catalog_product.{column} = ANY(%s::{kind}[])",
        pictures=f"WHERE product_id IN ({ids}) ORDER BY position, id",
    )


BY_SKU, BY_ID = _by("sku", "text"), _by("id", "bigint")


def by_sku(skus: Iterable[str]) -> dict[str, Product]:
    """Those that were meant, by SKU as it was given (`shelf.by_sku`)."""
    given = {sku: tidy(sku) for sku in skus}
    return meant(given, _read(BY_SKU, [*given, *given.values()]))


def by_id(product_ids: Iterable[int]) -> dict[int, Product]:
    """By id; those that are not on sale are left out."""
    return {product.pk: product for product in _read(BY_ID, list(product_ids))}


def _read(which: Which, wanted: Sequence[Any]) -> list[Product]:
    if not wanted:
        return []
    products: list[Product]
    products, pictures = find_together(
        rows_with(Product, "category", which.products, [wanted]),
        rows_of(ProductImage, which.pictures, [wanted]),
    )
    keep_pictures(products, pictures)
    if numbered := [product for product in products if product.is_numbered]:
        free: dict[int, int] = dict(fetch(FREE, [[product.pk for product in numbered]]))
        for product in numbered:
            vars(product)["free_numbers"] = free.get(product.pk, 0)
    return products


def keep_pictures(products: Sequence[Product], pictures: Iterable[ProductImage]) -> None:
    """These are the products' pictures; those of the groups of variants are read."""
    of_product: defaultdict[int | None, list[ProductImage]] = defaultdict(list)
    for picture in pictures:
        of_product[picture.product_id].append(picture)
    for product in products:
        keep(product, "images", of_product[product.pk])
    if variants := [product for product in products if product.group_id]:
        prefetch_related_objects(variants, "group__images")
