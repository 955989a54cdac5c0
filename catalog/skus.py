"""SKUs: two that differ in case, or in how Unicode writes their letters, alone are one product's."""

import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import connection, models

OF = """
SELECT given, product.id FROM unnest(%s::text[]) given
JOIN catalog_product product ON upper(normalize(product.sku, NFKC)) = upper(normalize(given, NFKC))
"""


class Alike(models.Func):
    """What SKUs that are one have in common."""

    template = "upper(normalize(%(expressions)s, NFKC))"
    arity = 1
    output_field = models.CharField()


if TYPE_CHECKING:
    Field = models.CharField[str, str]
else:
    Field = models.CharField  # which takes no parameters at run time


class SkuField(Field):
    """A SKU, kept in the form in which Unicode puts letters together (NFC)."""

    def to_python(self, value: Any) -> Any:
        return _composed(super().to_python(value))

    def get_prep_value(self, value: Any) -> Any:
        return _composed(super().get_prep_value(value))

    def deconstruct(self) -> Any:
        """The database knows it as letters."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


def alike(sku: str) -> str:
    """What SKUs that are one have in common, where no database is asked."""
    return unicodedata.normalize("NFKC", sku.strip()).upper()


def products_of(skus: Iterable[str]) -> dict[str, int]:
    """SKUs as they were given -> ids of their products; those of no product are left out."""
    with connection.cursor() as cursor:
        cursor.execute(OF, [list(set(skus))])
        return dict(cursor.fetchall())


def _composed(value: Any) -> Any:
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value
