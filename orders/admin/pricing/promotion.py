"""Promotions: made, changed and ended here; what they have brought stands beside them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.views import ChangeList

from catalog.admin.searching import FoldedSearch
from catalog.languages import other_columns
from catalog.money import written
from orders.admin.pricing.shipping import PlainConstraintsForm
from orders.models import Promotion, PromotionKind
from orders.pricing.promotions import normalised
from orders.reports.promotions import brought
from staff.counting import CountedOnce


class CodeField(forms.CharField):
    """A code, as it is compared."""

    def to_python(self, value: Any) -> str:
        return normalised(str(super().to_python(value) or ""))


class PromotionForm(PlainConstraintsForm):
    class Meta:
        model = Promotion
        fields = "__all__"
        field_classes = {"code": CodeField}
        error_messages = {"code": {"invalid": _("A code has 3 to 40 letters from A to Z, digits, - and _.")}}

    def clean_limit(self) -> int | None:
        """Not less often than it was used already."""
        limit: int | None = self.cleaned_data["limit"]
        if limit is not None and limit < self.instance.used:
            says = ngettext(
                "It was used %(times)d time already.",
                "It was used %(times)d times already.",
                self.instance.used,
            )
            raise ValidationError(says % {"times": self.instance.used})
        return limit


class WithSums(CountedOnce):
    """Reads what all rows of a page have brought at once."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        sums = brought([promotion.pk for promotion in self.result_list])
        for promotion in self.result_list:
            promotion.brought = sums.get(promotion.pk, [])


@admin.register(Promotion)
class PromotionAdmin(FoldedSearch):
    form = PromotionForm
    list_display = ("shown_name", "code", "takes_off", "is_active", "starts", "ends", "uses", "sums")
    list_display_links = ("shown_name",)
    list_filter = ("is_active", "kind")
    search_fields = ("name", "code")
    folded = ("name", *other_columns("name"))
    autocomplete_fields = ("products", "categories", "customer")
    readonly_fields = ("uses", "sums")
    fieldsets = (
        (None, {"fields": ("name", *other_columns("name"), "code", "is_active")}),
        (
            _("What is taken off"),
            {"fields": ("kind", "percent", "amount", "pieces", "paid_pieces", "combinable")},
        ),
        (
            _("On which conditions"),
            {"fields": ("minimum", "products", "categories", "first_order", "customer", "starts", "ends")},
        ),
        (_("How often"), {"fields": ("limit", "limit_per_customer", "uses", "sums")}),
    )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return WithSums

    def has_delete_permission(self, request: HttpRequest, obj: Promotion | None = None) -> bool:
        """One that an order has used stays: it is switched off."""
        if obj and obj.discounts.exists():
            return False
        return bool(super().has_delete_permission(request, obj))

    @admin.display(description=_("name"), ordering="name")
    def shown_name(self, promotion: Promotion) -> str:
        return promotion.local_name

    @admin.display(description=_("takes off"))
    def takes_off(self, promotion: Promotion) -> str:
        if promotion.percent is not None:
            return f"{promotion.percent.normalize():f} %"
        if promotion.kind == PromotionKind.PIECES:
            numbers = {"pieces": promotion.pieces, "paid": promotion.paid_pieces}
            return gettext("%(pieces)s for the price of %(paid)s") % numbers
        return "" if promotion.amount is None else written(promotion.amount)

    @admin.display(description=_("used"), ordering="used")
    def uses(self, promotion: Promotion) -> str:
        return f"{promotion.used}" if promotion.limit is None else f"{promotion.used} / {promotion.limit}"

    @admin.display(description=_("taken off in all"))
    def sums(self, promotion: Promotion) -> str:
        """With what the orders cost in which it was used."""
        if not hasattr(promotion, "brought"):
            promotion.brought = brought([promotion.pk]).get(promotion.pk, [])  # type: ignore[attr-defined]  # of the desk
        says = gettext("%(off)s, of orders for %(sold)s")
        return "; ".join(
            says % {"off": written(one.taken_off, one.currency), "sold": written(one.sold, one.currency)}
            for one in promotion.brought  # type: ignore[attr-defined]  # set above, or by the list
        )
