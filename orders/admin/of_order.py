"""Lists of rows that belong to orders: they grow with the orders, so they are searched and paged by indexes alone."""

from typing import Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from orders.reports.search import find
from staff.admin import ReadOnlyAdmin


class OfOrderAdmin(ReadOnlyAdmin):
    """A row is found by the words that find its order, or by one of its own names, whole. The list has one sorting."""

    order_field = "order"
    own_names: tuple[str, ...] = ()
    sortable_by = ()
    # Only makes the search box appear; get_search_results says what is looked through.
    search_fields = ("pk",)
    search_help_text = _(
        "What finds the order (its number, email, phone, SKU), or the whole id at the provider"
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search each way by itself and collect ids: one condition for all ways would read the whole table."""
        text = search_term.strip()
        if not text:
            return queryset, False
        first, *others = [rows.order_by().values("pk") for rows in self.ways(text)]
        return queryset.filter(pk__in=first.union(*others) if others else first), False

    def ways(self, text: str) -> list[QuerySet[Model]]:
        """For each way to search, the rows that the text names."""
        rows = self.model._default_manager.all()
        by_order = rows.filter(**{f"{self.order_field}__in": find(text)})
        return [by_order, *(rows.filter(**{name: text}) for name in self.own_names)]
