"""Invoices, credit notes and their reversals in one list, to look up and to read; what they come to by rate of tax."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from catalog.money import written
from orders.admin.money.reconciliation import DaysForm
from orders.admin.of_order import OfOrderAdmin
from orders.models import Invoice
from orders.reports import tax_report
from orders.reports.search import find

# What a number of a paper has at most, so that the database can compare it.
MAX_DIGITS = 18


@admin.register(Invoice)
class InvoiceAdmin(OfOrderAdmin):
    list_display = ("paper", "kind", "order", "money", "issued_at")
    list_filter = ("kind", "issued_at")
    list_select_related = ("order",)
    list_display_links = None
    ordering = ("-id",)
    search_help_text = _("What finds the order (its number, email, phone, SKU), or the paper's own number")

    def ways(self, text: str) -> list[QuerySet[Model]]:
        """A number may be the paper's; other words find orders alone."""
        is_number = text.isdecimal() and len(text) <= MAX_DIGITS
        rows = self.model._default_manager.all()
        by_order = rows.filter(order__in=find(text))
        return [by_order, rows.filter(number=int(text))] if is_number else [by_order]

    @admin.display(description=_("total"))
    def money(self, invoice: Invoice) -> str:
        return written(invoice.total, str(invoice.snapshot.get("currency", "")))

    @admin.display(description=_("number"))
    def paper(self, invoice: Invoice) -> str:
        return format_html('<a href="{}">{}</a>', invoice.get_absolute_url(), invoice.code)

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view(self.taxes_view)
        return [path("taxes/", guarded, name="orders_invoice_taxes"), *super().get_urls()]

    def taxes_view(self, request: HttpRequest) -> HttpResponse:
        """The question is in the address: `first`, `last`, and `as=csv` for a table to keep."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        asked = {name: request.GET.get(name, day) for name, day in _month_before().items()}
        form = DaysForm(asked)
        lines = tax_report.lines(**form.cleaned_data) if form.is_valid() else []
        if form.is_valid() and request.GET.get("as") == "csv":
            attached = {"Content-Disposition": 'attachment; filename="taxes.csv"'}
            table = "".join(tax_report.as_csv(lines, **form.cleaned_data))
            return HttpResponse(table, content_type="text/csv; charset=utf-8", headers=attached)
        context: dict[str, Any] = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "title": _("Tax report"),
            "form": form,
            "lines": lines,
        }
        return TemplateResponse(request, "admin/orders/invoice/taxes.html", context)


def _month_before() -> dict[str, str]:
    last = timezone.localdate().replace(day=1) - timedelta(days=1)
    return {"first": str(last.replace(day=1)), "last": str(last)}
