"""Reports of what was sold and where the money moved, between two days: a page, and the same as CSV."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from orders.admin.money.reconciliation import DaysForm
from orders.models import Report
from orders.payments.providers.registry import name_of
from orders.reports import sales
from orders.reports.sales import By
from orders.rights import OrderRights
from staff.admin import ReadOnlyAdmin
from staff.rights import require

PROVIDER = "provider"
LABELS = {
    By.PRODUCT: gettext_lazy("product"),
    By.VARIANT: gettext_lazy("variant"),
    By.CATEGORY: gettext_lazy("category"),
    By.DAY: gettext_lazy("day"),
    By.WEEK: gettext_lazy("week"),
    By.MONTH: gettext_lazy("month"),
    By.RATE: gettext_lazy("rate"),
    PROVIDER: gettext_lazy("provider"),
}
# A page has so many rows at most; the table has all.
MAX_ROWS = 500


class ReportForm(DaysForm):
    """The days, and what the rows are."""

    by = forms.ChoiceField(
        label=pgettext_lazy("report", "by"), choices=[*LABELS.items()], widget=UnfoldAdminSelectWidget
    )


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    """Papers have lists of their own: here is what they come to."""

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [
            path("", guard(self._to_sales), name="orders_report_changelist"),
            path("sales/", guard(self.sales_view), name="orders_report_sales"),
        ]

    def _to_sales(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:orders_report_sales"))

    def sales_view(self, request: HttpRequest) -> HttpResponse:
        """The question is in the address: `by`, `first`, `last`, and `as=csv` for a table to keep."""
        require(actor=request.user, right=OrderRights.REPORT)
        form = ReportForm({name: request.GET.get(name, value) for name, value in _lately().items()})
        asked = form.cleaned_data if form.is_valid() else None
        if asked and request.GET.get("as") == "csv":
            named = {"Content-Disposition": f'attachment; filename="{asked["by"]}.csv"'}
            return HttpResponse(_table(**asked), content_type="text/csv; charset=utf-8", headers=named)
        context: dict[str, Any] = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "title": _("Reports"),
            "form": form,
            **(_shown(**asked) if asked else {}),
        }
        return TemplateResponse(request, "admin/orders/report/sales.html", context)


def _table(*, by: str, **days: Any) -> str:
    if by == PROVIDER:
        return "".join(sales.providers_csv(sales.by_provider(**days), **days))
    return "".join(sales.as_csv(sales.sales(by=By(by), **days), by=By(by), **days))


def _shown(*, by: str, **days: Any) -> dict[str, Any]:
    if by == PROVIDER:
        return {"providers": _named(sales.by_provider(**days)), "is_by_provider": True}
    rows = sales.sales(by=By(by), **days)
    return {
        "rows": [(_name(By(by), row), row) for row in rows[:MAX_ROWS]],
        "totals": sales.totals(rows),
        "label": LABELS[By(by)],
        "left_out": max(len(rows) - MAX_ROWS, 0),
    }


def _named(rows: Iterable[sales.Provider]) -> list[tuple[str, sales.Provider]]:
    """Each with its provider's name; of two accounts at the same provider also with that of the settings."""
    found = [(name_of(row.variant), row) for row in rows]
    accounts = Counter(name for name, _variant in {(name, row.variant) for name, row in found})
    return [(name if accounts[name] == 1 else f"{name} ({row.variant})", row) for name, row in found]


def _name(by: By, row: sales.Row) -> str:
    """What a row is called on the page."""
    if by == By.RATE:
        return f"{row.key} %"
    return row.name or row.key or _("Shipping")


def _lately() -> dict[str, str]:
    """This month's sales by product, at first."""
    today = timezone.localdate()
    first = today.replace(day=1) if today.day > 1 else today - timedelta(days=1)
    return {"first": str(first), "last": str(today), "by": str(By.PRODUCT)}
