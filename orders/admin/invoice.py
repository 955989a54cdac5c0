"""Invoices, credit notes and their reversals in one list, to look up, and to read as PDF."""

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from catalog.money import written
from orders.admin.of_order import OfOrderAdmin
from orders.models import Invoice
from orders.reports.search import find

# What a number of a paper has at most, so that the database can compare it.
MAX_DIGITS = 18


@admin.register(Invoice)
class InvoiceAdmin(OfOrderAdmin):
    list_display = ("paper", "kind", "order", "money", "issued_at")
    list_filter = ("kind",)
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
