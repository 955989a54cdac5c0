"""What staff look for in the catalog's lists: found as customers find it, accents or none, and by any part of a SKU."""

from typing import Any

from django.db.models import CharField, Func, Q, QuerySet, Value
from django.db.models.functions import Trim

from catalog.models import Product
from catalog.search import WordsQuery


class Fold(Func):
    """Letters without accents, in lower case."""

    function = "catalog_fold"
    arity = 1
    output_field = CharField()


def products_found(products: QuerySet[Product], text: str) -> QuerySet[Product]:
    return products.filter(
        Q(search__words=WordsQuery(text)) | Q(sku__icontains=text) | Q(name__icontains=text)
    )


def named(things: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Those in whose name the text stands somewhere."""
    found: QuerySet[Any] = things.alias(folded=Fold("name")).filter(folded__contains=Trim(Fold(Value(text))))
    return found
