"""What staff look for in the catalog's lists: found as customers find it, accents or none, and by any part of a SKU."""

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import CharField, Func, Q, QuerySet, Value
from django.db.models.functions import Trim
from django.http import HttpRequest

from catalog.languages import other_columns
from catalog.models import Product
from catalog.search.search import WordsQuery
from staff.admin import LoggedAdmin


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
    return containing(things, text, ("name", *other_columns("name")))


def containing(things: QuerySet[Any], text: str, columns: Sequence[str]) -> QuerySet[Any]:
    """Those in one of whose columns the text stands somewhere, accents or none."""
    names = {f"folded_{name}": Fold(name) for name in columns}
    wanted = Trim(Fold(Value(text)))
    contained = (Q((f"{name}__contains", wanted)) for name in names)
    found: QuerySet[Any] = things.alias(**names).filter(reduce(or_, contained))
    return found


class FoldedSearch(LoggedAdmin):
    """Finds by `search_fields`, and in the columns `folded` whatever the accents. For lists of some hundred rows."""

    folded: tuple[str, ...] = ("name",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        text = search_term.strip()
        if not text:
            return found, may_repeat
        also = containing(queryset, text, self.folded)
        return queryset.filter(Q(pk__in=found.values("pk")) | Q(pk__in=also.values("pk"))), False
