"""The page "What would this cost?", and the same as a box on each price table's page. The question is in the address."""

from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.contact import countries
from catalog.languages import local_text
from catalog.shelf.shelf import find
from orders.admin.pricing.shipping import CountryField
from orders.checkout.cost_estimate import Cost, Place, cost
from orders.errors import InvalidInput
from orders.models import Zone
from orders.shipping.rates import Parcel
from staff.admin import LoggedAdmin

# What the columns of a product hold.
MAX_INTEGER = 2**31 - 1
SUGGESTED = 10
LEAST_ROWS = 3
DIGITS = 9


def _whole(label: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, required=False, min_value=0, max_value=MAX_INTEGER, widget=UnfoldAdminIntegerFieldWidget
    )


class CostForm(forms.Form):
    """The destination, and the measures of a parcel that is typed in rather than made of products."""

    country = CountryField(label=gettext_lazy("country"), required=False)
    region = forms.CharField(
        label=gettext_lazy("region or state"),
        max_length=100,
        required=False,
        widget=UnfoldAdminTextInputWidget,
    )
    zone = forms.ModelChoiceField(
        Zone.objects.all(),
        label=gettext_lazy("or a zone"),
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    weight_g = _whole(gettext_lazy("weight (g)"))
    length_cm = _whole(gettext_lazy("length (cm)"))
    width_cm = _whole(gettext_lazy("width (cm)"))
    height_cm = _whole(gettext_lazy("height (cm)"))

    def parcel(self) -> Parcel | None:
        """The parcel that was typed in, with 0 for a side that was left out; None where nothing was typed in."""
        names = ("weight_g", "length_cm", "width_cm", "height_cm")
        given = [self.cleaned_data[name] for name in names]
        return None if given == [None] * len(names) else Parcel(*(number or 0 for number in given))

    def place(self) -> Place:
        given = self.cleaned_data
        return Place(given["country"], given["region"], given["zone"].pk if given["zone"] else None)


@dataclass
class Row:
    """A product as it was typed."""

    sku: str = ""
    quantity: str = "1"
    errors: list[str] = field(default_factory=list)


@dataclass
class Question:
    """What an address asks, and the answer, if it can be given."""

    form: CostForm
    rows: list[Row]
    errors: list[str] = field(default_factory=list)
    answer: Cost | None = None

    @property
    def shown_rows(self) -> list[Row]:
        """One more than there are, for the next product."""
        return [*self.rows, *(Row() for _ in range(max(1, LEAST_ROWS - len(self.rows))))]


def read(given: QueryDict) -> Question:
    """The question that an address asks, with the answer if the question is complete."""
    pairs = zip(given.getlist("sku"), given.getlist("quantity"), strict=False)
    typed = [(_clean(sku), quantity.strip()) for sku, quantity in pairs]
    rows = [Row(sku, quantity) for sku, quantity in typed if sku]
    is_asked = bool(rows) or any(given.get(name) for name in CostForm.base_fields)
    question = Question(CostForm(given if is_asked else None), rows)
    if is_asked and question.form.is_valid():
        _answer(question)
    return question


def _clean(sku: str) -> str:
    """The text without characters that a database refuses."""
    return sku.replace("\0", "").strip()


def _answer(question: Question) -> None:
    parcel, rows = question.form.parcel(), question.rows
    if bool(parcel) == bool(rows):
        question.errors.append(_("Enter products, or the weight and sides of a parcel."))
        return
    try:
        what = parcel or [(row.sku, _quantity(row)) for row in rows]
        question.answer = cost(what=what, place=question.form.place())
    except InvalidInput as refused:
        _tell(question, refused.errors)


def _quantity(row: Row) -> int:
    """What is no whole number is 0, which is refused with the right words."""
    digits = row.quantity
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= DIGITS else 0


def _tell(question: Question, errors: dict[str, list[str]]) -> None:
    """Put each sentence beside its field: `items.0.sku` is the first row."""
    for where, sentences in errors.items():
        name, _dot, rest = where.partition(".")
        if name == "items" and rest:
            question.rows[int(rest.split(".")[0])].errors += sentences
        elif name in question.form.fields:
            question.form.add_error(name, sentences)
        else:
            question.errors += sentences


class CostMixin(LoggedAdmin):
    """The page, the box, and the SKUs that are suggested in it. Staff who may see price tables may ask."""

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [
            path("cost/", guard(self.cost_view), name="orders_pricetable_cost"),
            path("cost/skus/", guard(self.skus_view), name="orders_pricetable_skus"),
            *super().get_urls(),
        ]

    def box(self, given: QueryDict, table_id: str) -> dict[str, Any]:
        """What the box's template shows; the table, if there is one, is marked in the answer."""
        is_number = table_id.isdecimal() and len(table_id) <= DIGITS
        table = int(table_id) if is_number else None
        return {"question": read(given), "table_id": table, "countries": countries.names().values()}

    def cost_view(self, request: HttpRequest) -> HttpResponse:
        """The whole page, or for htmx the box alone."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = self.box(request.GET, request.GET.get("table", ""))
        if "HX-Request" in request.headers:
            return render(request, "admin/orders/pricetable/box.html", context)
        context |= self.admin_site.each_context(request)
        context |= {"opts": self.opts, "title": _("What would this cost?")}
        return render(request, "admin/orders/pricetable/cost.html", context)

    def skus_view(self, request: HttpRequest) -> HttpResponse:
        """Products on sale for what was typed so far, as options of a datalist."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        text = request.GET.get("sku", "")
        found = find(text=text).values_list("sku", local_text("name"))[:SUGGESTED] if text.strip() else []
        return render(request, "admin/orders/pricetable/skus.html", {"found": found})
