"""What staff see of rows that wait: the filter for those that were given up, the same on every list of them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from outbox.queue import given_up


class GivenUpFilter(admin.SimpleListFilter):
    title = _("needs you")
    parameter_name = "needs"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        return [("given_up", _("given up"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return self.found(queryset) if self.value() == "given_up" else queryset

    def found(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows of the list that staff should look at."""
        return given_up(queryset)
