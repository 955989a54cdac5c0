"""Price tables and their bands, edited on one page; what is odd about them is said there and in the list."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.views import ChangeList

from orders.admin.pricing.cost import CostMixin
from orders.admin.pricing.shipping import PlainConstraintsForm
from orders.models import PriceBand, PriceTable
from orders.shipping.rate_checks import Code, Finding, all_findings, findings_of
from staff.careful import CarefulForm
from staff.paging import PER_PAGE, PagedFormSet


class BandForm(CarefulForm, PlainConstraintsForm):
    sentences = {"orders_priceband_fee_not_negative": _("A fee is 0 or more.")}


class BandFormSet(PagedFormSet):
    def validate_unique(self) -> None:
        """Compare the rows as entered, and report a duplicate at its row: two saved bands may swap their weights."""
        seen = self._others()
        for form in self.forms:
            if not form.is_valid() or self._should_delete_form(form) or not form.cleaned_data.get("zone"):
                continue
            band = (form.cleaned_data["zone"].pk, form.cleaned_data["up_to_g"])
            if band in seen:
                form.add_error("up_to_g", _("This zone has a band up to this weight already."))
            seen.add(band)

    def _others(self) -> set[tuple[int, int]]:
        """Bands that were added since this page was opened."""
        shown = [form.instance.pk for form in self.initial_forms if form.instance.pk]
        bands = self.instance.bands.exclude(pk__in=shown) if self.instance.pk else PriceBand.objects.none()
        return set(bands.values_list("zone_id", "up_to_g"))


class BandInline(TabularInline):
    model = PriceBand
    form = BandForm
    formset = BandFormSet
    fields = ("zone", "up_to_g", "fee")
    per_page = PER_PAGE
    extra = 1

    def get_queryset(self, request: HttpRequest) -> QuerySet[PriceBand]:
        bands: QuerySet[PriceBand] = super().get_queryset(request)
        return bands.select_related("zone").order_by("zone__name", "up_to_g")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The zones are read once, not once for each band."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if isinstance(field, forms.ModelChoiceField) and db_field.name == "zone":
            field.choices = [*field.iterator(field)]
        return field


class PriceTableForm(PlainConstraintsForm):
    sentences = {
        "orders_pricetable_days": _("Days at most are fewer than days at least."),
        "orders_pricetable_divisor": _("The volumetric divisor is 1 or more."),
        "orders_pricetable_pickup_somewhere": _("Enter the address where it is picked up."),
        "orders_pricetable_pickup_fee": _("A fee is 0 or more."),
    }


class CheckedList(ChangeList):
    """Checks all tables once: each row has its own `findings`, the list those about all tables together."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        found = all_findings()
        may_look = request.user.has_perm("catalog.view_product")
        together = [one for one in found if one.table_id is None]
        self.findings = [(one, _products_link(one) if may_look else "") for one in together]
        for table in self.result_list:
            table.findings = [one for one in found if one.table_id == table.pk]


def _products_link(finding: Finding) -> str:
    """The list of the products that a finding counts."""
    if not finding.limits:
        return ""
    limits = ",".join(map(str, finding.limits))
    return f"{reverse('admin:catalog_product_changelist')}?beyond={limits}"


@admin.register(PriceTable)
class PriceTableAdmin(CostMixin):
    form = PriceTableForm
    list_display = ("service", "courier", "min_days", "max_days", "is_active", "odd")
    list_display_links = ("service",)
    list_filter = ("is_active", "courier")
    list_select_related = ("courier",)
    list_before_template = "admin/orders/pricetable/all_findings.html"
    change_form_outer_before_template = "admin/orders/pricetable/findings.html"
    change_form_outer_after_template = "admin/orders/pricetable/beside.html"
    inlines = (BandInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[PriceTable]:
        """Without the shop's own for goods without a parcel: nothing of it is set."""
        tables: QuerySet[PriceTable] = super().get_queryset(request)
        return tables.filter(no_parcel=False)

    def get_readonly_fields(self, request: HttpRequest, obj: PriceTable | None = None) -> list[str]:
        """Orders that were placed with it are fetched, or sent."""
        return [*super().get_readonly_fields(request, obj), *(["is_pickup"] if obj else [])]

    def has_delete_permission(self, request: HttpRequest, obj: PriceTable | None = None) -> bool:
        """Placed orders name it: a price table is made inactive, never deleted."""
        return False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[CheckedList]:
        return CheckedList

    @admin.display(description=_("to be looked at"))
    def odd(self, table: PriceTable) -> str:
        """How many findings, in the colour of the worst; the sentences are on the table's page."""
        found: list[Finding] = table.findings  # type: ignore[attr-defined]  # set by the CheckedList above
        if not found:
            return "–"
        says = " ".join(finding.says for finding in found)
        return format_html(
            '<span class="badge badge-{}" title="{}">{}</span>', found[0].level, says, len(found)
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        shown = self.box(QueryDict(), object_id) | (extra_context or {})
        if shown["table_id"]:
            shown["findings"] = findings_of(table_id=shown["table_id"])
        return super().change_view(request, object_id, form_url, shown)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """What is probably a typing error is said at once, and saved."""
        super().save_related(request, form, formsets, change)
        for finding in findings_of(table_id=form.instance.pk):
            if finding.code == Code.FEE_FALLS:
                self.message_user(request, finding.says, "warning")
