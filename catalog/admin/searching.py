"""What staff look for in the catalog's lists: found as customers find it, accents or none, and by any part of a SKU."""

from functools import reduce
from operator import or_
from typing import Any

from django.db.models import CharField, Func, Q, QuerySet, Value
from django.db.models.functions import Trim

from catalog.languages import other_columns
from catalog.models import Product
from catalog.search.search import WordsQuery


class Fold(Func):
    """Letters without accents, in lower case."""

    function = "catalog_fold"
    arity = 1
    output_field = CharField()


def products_found(products: QuerySet[Product], text: str) -> QuerySet[Product]:
    texts = ("sku", "name", *other_columns("name"))
    contained = (Q((f"{name}__icontains", text)) for name in texts)
    return products.filter(reduce(or_, contained, Q(search__words=WordsQuery(text))))


def named(things: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Those in whose name, in any language, the text stands somewhere."""
    names = {f"folded_{name}": Fold(name) for name in ("name", *other_columns("name"))}
    wanted = Trim(Fold(Value(text)))
    contained = (Q((f"{name}__contains", wanted)) for name in names)
    found: QuerySet[Any] = things.alias(**names).filter(reduce(or_, contained))
    return found
