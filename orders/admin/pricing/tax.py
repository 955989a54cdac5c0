"""Tax classes and their rates, edited on one page: what is taxed alike, and how much, by place and day."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.contact import countries
from catalog.admin.searching import FoldedSearch
from catalog.languages import other_columns
from catalog.models import TaxClass
from orders.admin.pricing.shipping import CountryField, PlaceForm, PlainConstraintsForm
from orders.models import TaxRate
from staff.paging import PER_PAGE, PagedFormSet

# So many rates of a class stand in the list; the rest on its page.
MAX_SHOWN = 8


class RateForm(PlaceForm):
    sentences = {
        "orders_taxrate_once": _("This place has a rate from this day on already."),
        "orders_taxrate_place": _("Choose the country of the region."),
        "orders_taxrate_days": _("The last day is before the first."),
    }
    country = CountryField(label=_("country"), required=False, help_text=_("Empty: everywhere else."))

    class Meta:
        model = TaxRate
        fields = ("country", "region", "percent", "starts", "ends")
        widgets = {"region": UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"})}


class RateFormSet(PagedFormSet):
    def clean(self) -> None:
        """Compare rows that are entered together, which the database can't be asked about yet."""
        super().clean()
        seen: set[tuple[Any, ...]] = set()
        for form in self.forms:
            given = getattr(form, "cleaned_data", None) or {}
            if given.get("DELETE") or not {"country", "region", "starts"} <= given.keys():
                continue
            key = (given["country"], given["region"].lower(), given["starts"])
            if key in seen:
                form.add_error("starts", RateForm.sentences["orders_taxrate_once"])
            seen.add(key)


class RateInline(TabularInline):
    model = TaxRate
    form = RateForm
    formset = RateFormSet
    per_page = PER_PAGE
    extra = 1


class TaxClassForm(PlainConstraintsForm):
    sentences = {
        "catalog_taxclass_one_standard": _("Another class is the standard one: take the mark from it first."),
        "catalog_taxclass_one_of_shipping": _(
            "Another class is that of shipping: take the mark from it first."
        ),
    }


@admin.register(TaxClass)
class TaxClassAdmin(FoldedSearch):
    form = TaxClassForm
    change_form_after_template = "admin/orders/zone/countries.html"
    list_display = ("shown_name", "is_standard", "for_shipping", "rates_today", "product_count")
    fields = ("name", *other_columns("name"), "is_standard", "for_shipping")
    search_fields = ("name",)
    folded = ("name", *other_columns("name"))
    inlines = (RateInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[TaxClass]:
        classes: QuerySet[TaxClass] = super().get_queryset(request)
        return classes.prefetch_related("rates").annotate(product_count=Count("products"))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        shown = {"countries": countries.names().values()} | (extra_context or {})
        return super().changeform_view(request, object_id, form_url, shown)

    def has_delete_permission(self, request: HttpRequest, obj: TaxClass | None = None) -> bool:
        """The standard class counts for all that names none, so it stays."""
        return super().has_delete_permission(request, obj) and not (obj and obj.is_standard)

    @admin.display(description=_("name"), ordering="name")
    def shown_name(self, tax_class: TaxClass) -> str:
        return tax_class.local_name

    @admin.display(description=_("rates today"))
    def rates_today(self, tax_class: TaxClass) -> str:
        today = timezone.localdate()
        rates = [
            rate
            for rate in tax_class.rates.all()
            if rate.starts <= today and not (rate.ends and rate.ends < today)
        ]
        said = [str(rate) for rate in rates[:MAX_SHOWN]]
        return ", ".join([*said, *(["…"] if len(rates) > MAX_SHOWN else [])]) or "–"

    @admin.display(description=_("products"), ordering="product_count")
    def product_count(self, tax_class: TaxClass) -> int:
        counted: int = tax_class.product_count  # type: ignore[attr-defined]  # get_queryset counts them
        return counted
