"""How staff narrow the list of orders down."""

from collections.abc import Iterator
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RadioFilter, TextFilter
from unfold.widgets import INPUT_CLASSES

from orders.models import Courier, Order, OrderLine
from orders.reports.dates import midnight


class CourierFilter(RadioFilter):
    title = _("courier")
    parameter_name = "courier"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [(str(pk), name) for pk, name in Courier.objects.values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        value = self.value()
        return queryset.filter(courier_id=int(value)) if value and value.isdecimal() else queryset


class ProductFilter(TextFilter):
    """Orders that hold a product, by its SKU."""

    title = _("SKU")
    parameter_name = "sku"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        sku = (self.value() or "").strip()
        if not sku:
            return queryset
        return queryset.filter(Exists(OrderLine.objects.filter(order=OuterRef("pk"), sku__iexact=sku)))


class DaysForm(forms.Form):
    """Two days; browsers bring a calendar of their own."""

    def __init__(self, name: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for end, label in (("from", _("first day")), ("to", _("last day"))):
            attrs = {"type": "date", "aria-label": label, "class": " ".join(INPUT_CLASSES)}
            self.fields[f"{name}_{end}"] = forms.DateField(
                required=False, widget=forms.DateInput(attrs=attrs)
            )


class DaysFilter(admin.FieldListFilter):
    """From the beginning of one day to the end of another, in the shop's time zone."""

    template = "unfold/filters/filters_date_range.html"
    form_class = DaysForm

    def expected_parameters(self) -> list[str | None]:
        return [f"{self.field_path}_from", f"{self.field_path}_to"]

    def _given(self) -> dict[str, str]:
        lists = cast("dict[str, list[str]]", self.used_parameters)  # as they come in an address
        return {name: values[-1] for name, values in lists.items()}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        given = self._given()
        first = midnight(given.get(f"{self.field_path}_from"))
        last = midnight(given.get(f"{self.field_path}_to"), after=1)
        if first:
            queryset = queryset.filter(**{f"{self.field_path}__gte": first})
        if last:
            queryset = queryset.filter(**{f"{self.field_path}__lt": last})
        return queryset

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        yield {"form": DaysForm(self.field_path, data=self._given())}
