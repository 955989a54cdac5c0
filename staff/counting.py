"""Counting the rows of a list without reading them all."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from unfold.views import ChangeList

# More rows than a person pages through; a longer list is narrowed down instead.
MAX_COUNTED = 10_000


class EstimatingPaginator(Paginator):  # type: ignore[type-arg]  # Django's takes none at run time
    """Counts to MAX_COUNTED and no further, and knows a whole table's size from PostgreSQL's statistics.

    `count` is how many rows can be reached by turning pages, `said` is the number of rows in words.
    """

    template_name = "admin/pagination_estimated.html"
    object_list: QuerySet[Any]  # the admin's lists are made of nothing else

    @cached_property
    def count(self) -> int:
        return self.object_list.order_by()[:MAX_COUNTED].count()

    def page(self, number: int | str) -> "Page[Any]":
        """Read a later page's ids first, so that joined rows are not read for the rows that are passed over."""
        number = self.validate_number(number)
        passed = (number - 1) * self.per_page
        if not passed:
            return super().page(number)
        ids = self.object_list.values_list("pk", flat=True)[passed : passed + self.per_page]
        return Page(self.object_list.filter(pk__in=list(ids)), number, self)

    @cached_property
    def said(self) -> str:
        """The number of rows in words: exact below MAX_COUNTED."""
        if self.count < MAX_COUNTED:
            return str(self.count)
        if self.object_list.query.where:
            return _("more than %(count)s") % {"count": f"{MAX_COUNTED:,}"}
        return _("about %(count)s") % {"count": f"{max(self._estimate(), MAX_COUNTED):,}"}

    def _estimate(self) -> int:
        table = self.object_list.model._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass", [table])
            return int(cursor.fetchone()[0])


class CountedOnce(ChangeList):
    """Says once, below the list, how many rows there are: the number in unfold's heading would be the capped one."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.full_result_count = self.result_count


def counts(found: Sequence[QuerySet[Any]]) -> list[int]:
    """How many rows each of these has, asked in one statement."""
    if not found:
        return []
    parts = [each.order_by().values("pk").query.sql_with_params() for each in found]
    each_count = ", ".join(f"(SELECT count(*) FROM ({sql}) AS found)" for sql, _params in parts)  # noqa: S608 Django's own SQL
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {each_count}", [param for _sql, params in parts for param in params])
        return list(cursor.fetchone())
