"""What providers sent to the bank, what each payout holds, and which amounts are in no payout yet."""

import csv
from datetime import timedelta
from io import StringIO
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.money import decimals, written
from orders.admin.money.reconciliation import DaysForm
from orders.models import Payout, PayoutLine
from orders.payments.reconciling import payouts
from orders.reports.attention import uneven_payouts
from staff.admin import ReadOnlyAdmin

# What is open is looked for so far back at first.
FIRST_DAYS = 60
HEADER = ("at", "provider", "order", "kind", "amount", "currency", "reference", "days")


class UnevenFilter(admin.SimpleListFilter):
    title = gettext_lazy("needs you")
    parameter_name = "needs"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        return [("look", gettext_lazy("holds something else than it says"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Payout]) -> QuerySet[Payout]:
        return uneven_payouts(queryset) if self.value() == "look" else queryset


@admin.register(Payout)
class PayoutAdmin(ReadOnlyAdmin):
    list_display = ("at", "variant", "reference", "state", "money", "rows", "paid_fees", "found_in")
    list_filter = (UnevenFilter, "variant", "state", "at")
    list_select_related = ("found_in",)
    list_before_template = "admin/orders/payout/open_link.html"
    ordering = ("-at", "-id")
    sortable_by = ()
    search_fields = ("reference__exact",)
    search_help_text = gettext_lazy("The provider's whole name of it")

    @admin.display(description=gettext_lazy("amount"))
    def money(self, payout: Payout) -> str:
        return written(payout.amount, payout.currency)

    @admin.display(description=gettext_lazy("fees"))
    def paid_fees(self, payout: Payout) -> str:
        return written(payout.fees, payout.currency) if payout.itemized else "–"

    @admin.display(description=gettext_lazy("holds"))
    def rows(self, payout: Payout) -> str:
        """What its rows come to, which lead to them; the provider may not say."""
        if payout.held is None:
            return "–"
        address = f"{reverse('admin:orders_payoutline_changelist')}?payout__id__exact={payout.pk}"
        shown = written(payout.held, payout.currency)
        is_odd = payout.held != payout.amount
        return format_html(
            '<a href="{}"{}>{}</a>',
            address,
            format_html(' class="badge badge-warning"') if is_odd else "",
            shown,
        )

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view(self.open_view)
        return [path("open/", guarded, name="orders_payout_open"), *super().get_urls()]

    def open_view(self, request: HttpRequest) -> HttpResponse:
        """The question is in the address: `first`, `last`, and `as=csv` for a table to keep."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = DaysForm({name: request.GET.get(name, day) for name, day in _lately().items()})
        found = payouts.open_amounts(**form.cleaned_data) if form.is_valid() else []
        if form.is_valid() and request.GET.get("as") == "csv":
            attached = {"Content-Disposition": 'attachment; filename="open.csv"'}
            return HttpResponse(_table(found), content_type="text/csv; charset=utf-8", headers=attached)
        context: dict[str, Any] = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "title": _("In no payout yet"),
            "form": form,
            "found": found,
            "is_cut": len(found) == payouts.MAX_OPEN,
        }
        return TemplateResponse(request, "admin/orders/payout/open.html", context)


@admin.register(PayoutLine)
class PayoutLineAdmin(ReadOnlyAdmin):
    list_display = ("at", "payout", "kind", "reference", "money", "paid_fee")
    list_select_related = ("payout",)
    list_display_links = None
    ordering = ("id",)
    sortable_by = ()
    search_fields = ("reference__exact",)
    search_help_text = gettext_lazy("The provider's whole name of it")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "payout__id__exact" or super().lookup_allowed(lookup, value, request)

    @admin.display(description=gettext_lazy("net"))
    def money(self, line: PayoutLine) -> str:
        return written(line.net, line.payout.currency)

    @admin.display(description=gettext_lazy("fee"))
    def paid_fee(self, line: PayoutLine) -> str:
        return written(line.fee, line.payout.currency)


def _table(found: list[payouts.Open]) -> str:
    """As CSV, the header first."""
    table = csv.writer(whole := StringIO())
    table.writerow(HEADER)
    for one in found:
        amount = f"{one.amount:.{decimals(one.currency)}f}"
        cells = (one.at.isoformat(), one.variant, one.order, one.kind, amount, one.currency)
        table.writerow([*cells, one.reference, one.days])
    return whole.getvalue()


def _lately() -> dict[str, str]:
    today = timezone.localdate()
    return {"first": str(today - timedelta(days=FIRST_DAYS)), "last": str(today)}
