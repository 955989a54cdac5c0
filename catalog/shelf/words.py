"""Products that a text finds, each with how well it fits."""

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.search import SearchRank
from django.db.models import BooleanField, F, Func, IntegerField, QuerySet
from django.db.models.functions import Cast

from catalog.models import Product, ProductSearch
from catalog.search import search


def matching(products: QuerySet[Product], text: str) -> QuerySet[Product]:
    """Those that have every word of a text, with their `relevance`."""
    query = search.WordsQuery(text)
    rank = SearchRank(F("search__words"), query, weights=search.WEIGHTS)
    # A whole number: a page of a list begins where the one before it ended, and floats do not compare reliably.
    return products.filter(_is_one_of(query)).annotate(relevance=Cast(rank * 1_000_000, IntegerField()))


def _is_one_of(query: search.WordsQuery) -> Func:
    """Found by its key among those that a query finds.

    PostgreSQL takes what a word finds for a part of all products, and would read all of them beside a few that it finds.
    """
    ids = ProductSearch.objects.filter(words=query).values("product_id")
    return Func(
        F("pk"),
        ArraySubquery(ids),
        template="%(expressions)s)",
        arg_joiner=" = ANY(",
        output_field=BooleanField(),
    )
