"""Single numbers and the movements of stock: to look at, and free numbers to retire."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog import inventory
from catalog.models import Inventory, Number, Product, StockMovement
from catalog.rights import CatalogRights
from staff.admin import ReadOnlyAdmin
from staff.rights import may


class NumberedProductFilter(admin.SimpleListFilter):
    title = gettext_lazy("product")
    parameter_name = "product"

    def lookups(self, request, model_admin):
        numbered = Product.objects.filter(inventory=Inventory.NUMBERED)
        return list(numbered.values_list("pk", "name"))

    def queryset(self, request, queryset: QuerySet[Number]) -> QuerySet[Number]:
        value = self.value()
        return queryset.filter(product_id=int(value)) if value and value.isdecimal() else queryset


@admin.register(Number)
class NumberAdmin(ReadOnlyAdmin):
    list_display = ("value", "product", "state")
    list_filter = ("state", NumberedProductFilter)
    list_select_related = ("product",)
    search_fields = ("value", "product__sku")
    actions = ("retire",)

    def has_retire_permission(self, request: HttpRequest) -> bool:
        return may(request.user, CatalogRights.RETIRE_NUMBERS)

    @admin.action(description=gettext_lazy("Retire: never give out again"), permissions=["retire"])
    def retire(self, request: HttpRequest, numbers: QuerySet[Number]) -> None:
        """One by one, and say of each whether it worked."""
        for number in numbers:
            try:
                inventory.retire(number_id=number.pk, actor=request.user)
            except inventory.NumberHeld:
                text, level = _("%s is held by an order and was not retired."), "error"
            else:
                text, level = _("%s was retired."), "success"
            self.message_user(request, text % number, level)


@admin.register(StockMovement)
class StockMovementAdmin(ReadOnlyAdmin):
    list_display = ("at", "product", "kind", "quantity", "actor", "reason", "order_id")
    list_filter = ("kind", "at")
    list_select_related = ("product", "actor")
    list_display_links = None
    sortable_by = ()
    search_fields = ("product__sku", "product__name", "reason")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[StockMovement], search_term: str):
        """The products first, and then their movements: all in one condition would read every product for each."""
        text = search_term.strip()
        if not text:
            return queryset, False
        products = Product.objects.filter(Q(sku__icontains=text) | Q(name__icontains=text))
        return queryset.filter(Q(product__in=products.order_by()) | Q(reason__icontains=text)), False
