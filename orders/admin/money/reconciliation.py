"""When each provider was compared with the ledger, and the daily statement: a page, and the same as CSV."""

from datetime import date, timedelta
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from orders.errors import OrderError
from orders.models import ProviderStatement, Reconciliation
from orders.payments.providers.base import ProviderError
from orders.payments.providers.registry import provider_named
from orders.payments.reconciling import daily
from orders.reports import money_days
from orders.reports.attention import hanging_reconciliations
from orders.rights import OrderRights
from staff.admin import ReadOnlyAdmin
from staff.rights import may, require

if TYPE_CHECKING:
    from accounts.models import User

# Days on one page, and how many there are at first.
MAX_DAYS, FIRST_DAYS = 366, 7


class HangingFilter(admin.SimpleListFilter):
    title = gettext_lazy("needs you")
    parameter_name = "needs"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        return [("patience", gettext_lazy("hanging at the provider"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Reconciliation]) -> QuerySet[Reconciliation]:
        return hanging_reconciliations(queryset) if self.value() == "patience" else queryset


@admin.register(Reconciliation)
class ReconciliationAdmin(ReadOnlyAdmin):
    list_display = (
        "day",
        "variant",
        "source",
        "since",
        "until",
        "ran_at",
        "explained",
        "mismatches",
        "foreign",
        "attempts",
        "failure",
    )
    list_filter = (HangingFilter, "variant", "source")
    ordering = ("-id",)
    sortable_by = ()

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view(self.report_view)
        return [path("report/", guarded, name="orders_reconciliation_report"), *super().get_urls()]

    def report_view(self, request: HttpRequest) -> HttpResponse:
        """A file that a provider gives out, read by POST; what does not match is on the desk then."""
        require(actor=request.user, right=OrderRights.CLOSE_MISMATCH)
        form = ReportForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
        if request.method == "POST" and form.is_valid() and self._read(request, form):
            return HttpResponseRedirect(reverse("admin:orders_moneymismatch_changelist"))
        context = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "title": _("Read a report"),
            "form": form,
        }
        return TemplateResponse(request, "admin/orders/reconciliation/report.html", context)

    def _read(self, request: HttpRequest, form: "ReportForm") -> bool:
        actor = cast("User", request.user)  # the admin admits staff alone
        lines = TextIOWrapper(form.cleaned_data["file"], encoding="utf-8-sig", newline="")
        try:
            row = daily.read_file(variant=form.cleaned_data["variant"], lines=lines, actor=actor)
        except (UnicodeDecodeError, ProviderError, OrderError) as error:
            form.add_error("file", str(error))
            return False
        finally:
            lines.detach()
        said = _("%(explained)d amounts are explained, %(mismatches)d do not match.")
        told = {"explained": row.explained, "mismatches": row.mismatches}
        self.message_user(request, said % told, "warning" if row.mismatches else "success")
        return True


class ReportForm(forms.Form):
    """A provider's report."""

    variant = forms.ChoiceField(label=gettext_lazy("provider"), widget=UnfoldAdminSelectWidget)
    file = forms.FileField(
        label=gettext_lazy("Report (CSV)"),
        widget=UnfoldAdminFileFieldWidget,
        help_text=gettext_lazy("PayPal's Settlement Report or Transaction Detail Report."),
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        names = [(name, name) for name in settings.PAYMENT_VARIANTS if provider_named(name).has_lists]
        self.fields["variant"].choices = names  # type: ignore[attr-defined]  # a field of choices


class DaysForm(forms.Form):
    """The first and the last day of a statement."""

    first = forms.DateField(
        label=gettext_lazy("first day"), widget=UnfoldAdminTextInputWidget(attrs={"type": "date"})
    )
    last = forms.DateField(
        label=gettext_lazy("last day"), widget=UnfoldAdminTextInputWidget(attrs={"type": "date"})
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, date] = super().clean() or {}
        if {"first", "last"} <= given.keys() and not 0 <= (given["last"] - given["first"]).days < MAX_DAYS:
            raise forms.ValidationError(_("From one day to %(most)d of them.") % {"most": MAX_DAYS})
        return given


@admin.register(ProviderStatement)
class ProviderStatementAdmin(ReadOnlyAdmin):
    list_display = ("day", "variant", "currency", *ProviderStatement.COLUMNS, "reconciliation")
    list_filter = ("variant", "currency", "day")
    list_select_related = ("reconciliation",)
    sortable_by = ()

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view(self.days_view)
        return [path("days/", guarded, name="orders_providerstatement_days"), *super().get_urls()]

    def days_view(self, request: HttpRequest) -> HttpResponse:
        """The question is in the address: `first`, `last`, and `as=csv` for a table to keep."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = DaysForm(
            {**_lately(), **{name: request.GET[name] for name in _lately() if name in request.GET}}
        )
        lines = money_days.days(**form.cleaned_data) if form.is_valid() else []
        if form.is_valid() and request.GET.get("as") == "csv":
            attached = {"Content-Disposition": 'attachment; filename="statement.csv"'}
            return HttpResponse("".join(money_days.as_csv(lines)), content_type="text/csv", headers=attached)
        context: dict[str, Any] = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "title": _("Daily statement"),
            "form": form,
            "may_read": may(request.user, OrderRights.CLOSE_MISMATCH),
            "tables": _tables(lines),
            "columns": [label_for_field(name, ProviderStatement) for name in money_days.COLUMNS],
        }
        return TemplateResponse(request, "admin/orders/providerstatement/days.html", context)


def _lately() -> dict[str, str]:
    today = timezone.localdate()
    return {"first": str(today - timedelta(days=FIRST_DAYS)), "last": str(today)}


def _tables(lines: list[money_days.Line]) -> list[dict[str, Any]]:
    """A table for each provider, currency and source."""
    tables: dict[tuple[str, str, str], list[money_days.Line]] = {}
    for line in lines:
        tables.setdefault((line.variant, line.currency, line.source), []).append(line)
    return [
        {
            "variant": variant,
            "currency": currency,
            "is_books": source == money_days.BOOKS,
            "rows": [(line, [line.amounts[name] for name in money_days.COLUMNS]) for line in some],
        }
        for (variant, currency, source), some in sorted(tables.items())
    ]
