"""The list of audits, to be read."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from orders.models import AuditRun
from orders.reports.attention import last_audit_found
from staff.admin import ReadOnlyAdmin


class NeedsYouFilter(admin.SimpleListFilter):
    title = _("needs you")
    parameter_name = "needs"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        return [("look", _("does not add up"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditRun]) -> QuerySet[AuditRun]:
        return last_audit_found() if self.value() == "look" else queryset


@admin.register(AuditRun)
class AuditRunAdmin(ReadOnlyAdmin):
    """When the books were proved, and how much did not add up. It can only be read."""

    list_display = ("ended_at", "findings", "seconds")
    list_display_links = None
    list_filter = (NeedsYouFilter,)
    sortable_by = ()
    actions = None
