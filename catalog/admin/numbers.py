"""Single numbers and the movements of stock: to look at, and free numbers to retire."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Q, QuerySet, Value
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.widgets import UnfoldAdminTextareaWidget

from catalog import inventory
from catalog.admin.searching import products_found
from catalog.models import Number, Product, StockMovement
from catalog.rights import CatalogRights
from staff.admin import ReadOnlyAdmin
from staff.log import write_each
from staff.models import StaffAction
from staff.rights import may

HIDDEN = "••••••••"


class RetireForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=500, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )


@admin.register(Number)
class NumberAdmin(ReadOnlyAdmin):
    list_display = ("shown", "product", "badge", "retired_at")
    list_filter = ("state", ("product", AutocompleteSelectFilter))
    list_filter_submit = True
    list_disable_select_all = True
    list_select_related = ("product",)
    sortable_by = ("shown", "product")
    search_fields = ("value", "product__sku")
    actions = ("retire",)

    # --- what is for sale is read by those alone who may, and each look is in the staff's log -----------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Number]:
        may_read = Value(may(request.user, CatalogRights.EXPORT_NUMBERS))
        numbers: QuerySet[Number] = super().get_queryset(request)
        return numbers.select_related("product").annotate(may_be_read=may_read)

    @admin.display(description=gettext_lazy("number"), ordering="value")
    def shown(self, number: Number) -> str:
        return HIDDEN if number.is_secret and not getattr(number, "may_be_read", False) else number.value

    def has_view_permission(self, request: HttpRequest, obj: Number | None = None) -> bool:
        if obj is not None and obj.is_secret and not may(request.user, CatalogRights.EXPORT_NUMBERS):
            return False
        return super().has_view_permission(request, obj)

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Staff without the right to read numbers find one by its whole value alone, never by its beginning."""
        if may(request.user, CatalogRights.EXPORT_NUMBERS):
            return self.search_fields
        return ("=value", "product__sku")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        if lookup.startswith("value") and not may(request.user, CatalogRights.EXPORT_NUMBERS):
            return False
        return super().lookup_allowed(lookup, value, request)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        answer = super().changelist_view(request, extra_context)
        shown = getattr(answer, "context_data", None) or {}
        if "cl" in shown:
            self._log_looks(request, shown["cl"].result_list)
        return answer

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        answer = super().change_view(request, object_id, form_url, extra_context)
        number = (getattr(answer, "context_data", None) or {}).get("original")
        if number is not None:
            self._log_looks(request, [number])
        return answer

    def _log_looks(self, request: HttpRequest, numbers: Iterable[Number]) -> None:
        """How many unsold numbers of which product were read."""
        unsold = (one for one in numbers if one.state == Number.State.FREE and self.shown(one) != HIDDEN)
        seen = Counter(number.product for number in unsold)
        about = [(product, {"seen": count}) for product, count in seen.items()]
        write_each(actor=request.user, action=CatalogRights.VIEW_NUMBERS, about=about)

    @admin.display(description=gettext_lazy("state"))
    def badge(self, number: Number) -> str:
        return format_html('<span class="badge badge-{}">{}</span>', number.state, number.get_state_display())

    # --- one number ------------------------------------------------------------------------------

    def get_fields(self, request: HttpRequest, obj: Number | None = None) -> list[Any]:
        """A retired number also shows how it was retired; staff who may see orders also see its order."""
        fields = ["value", "product", "badge"]
        if obj and obj.state == Number.State.RETIRED:
            fields.append("retirement")
        if obj and obj.state != Number.State.FREE and request.user.has_perm("orders.view_order"):
            fields.append("its_order")
        return fields

    def get_readonly_fields(self, request: HttpRequest, obj: Number | None = None) -> list[str]:
        return self.get_fields(request, obj)

    @admin.display(description=gettext_lazy("retired"))
    def retirement(self, number: Number) -> str:
        """Who retired it, when and why, as the staff's log has it."""
        told = StaffAction.objects.filter(
            object_type=Number._meta.label_lower,
            object_id=str(number.pk),
            action=CatalogRights.RETIRE_NUMBERS,
        )
        if (action := told.select_related("actor").first()) is not None:
            said = _("%(at)s by %(who)s: %(why)s")
            why = action.details.get("reason", "–")
            return said % {"at": _moment(action.at), "who": action.actor, "why": why}
        by_shop = _("by the shop: an order gave it back, and its product's numbers are not given out again")
        return f"{_moment(number.retired_at)} {by_shop}".strip()

    @admin.display(description=gettext_lazy("order"))
    def its_order(self, number: Number) -> str:
        """The order that holds it or gave it back; known here by its address alone."""
        if number.retired_for:
            return _link("admin:orders_order_change", _("The order that gave it back"), number.retired_for)
        if number.state == Number.State.RETIRED:
            return "–"
        return _link("admin:orders_order_changelist", _("The order that holds it"), q=number.value)

    # --- many --------------------------------------------------------------------------------------

    def has_retire_permission(self, request: HttpRequest) -> bool:
        return may(request.user, CatalogRights.RETIRE_NUMBERS)

    @admin.action(description=gettext_lazy("Retire: never give out again"), permissions=["retire"])
    def retire(self, request: HttpRequest, numbers: QuerySet[Number]) -> HttpResponse | None:
        """Ask for the reason, then retire them one by one and report each result."""
        form = RetireForm(request.POST if "confirmed" in request.POST else None)
        if not form.is_valid():
            return self._ask(request, numbers, form)
        for number in numbers:
            self._retire(request, number, form.cleaned_data["reason"])
        return None

    def _retire(self, request: HttpRequest, number: Number, reason: str) -> None:
        try:
            inventory.retire(number_id=number.pk, actor=request.user, reason=reason)
        except inventory.NumberHeld:
            text, level = _("%s is held by an order and was not retired."), "error"
        except inventory.NumberRetired:
            text, level = _("%s was retired before."), "warning"
        else:
            text, level = _("%s was retired."), "success"
        self.message_user(request, text % self.shown(number), level)

    def _ask(self, request: HttpRequest, numbers: QuerySet[Number], form: RetireForm) -> HttpResponse:
        context = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "title": _("Retire numbers"),
            "numbers": [(number, self.shown(number)) for number in numbers],
            "form": form,
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/catalog/number/retire.html", context)


def _moment(at: datetime | None) -> str:
    return date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT") if at else ""


def _link(name: str, words: str, *arguments: object, **query: str) -> str:
    address = reverse(name, args=arguments)
    return format_html('<a href="{}">{}</a>', f"{address}?{urlencode(query)}" if query else address, words)


@admin.register(StockMovement)
class StockMovementAdmin(ReadOnlyAdmin):
    list_display = ("at", "product", "kind", "quantity", "actor", "reason", "order_id")
    list_filter = ("kind", "at")
    list_select_related = ("product", "actor")
    list_display_links = None
    sortable_by = ()
    search_fields = ("product__sku", "product__name", "reason")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[StockMovement], search_term: str
    ) -> tuple[QuerySet[StockMovement], bool]:
        """Find the products first, then their movements: a joined condition would read a product for each movement."""
        text = search_term.strip()
        if not text:
            return queryset, False
        products = products_found(Product.objects.all(), text)
        return queryset.filter(Q(product__in=products.order_by()) | Q(reason__icontains=text)), False
