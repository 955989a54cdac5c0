"""Every movement of money, as it was recorded."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from catalog.money import written
from orders.admin.of_order import OfOrderAdmin
from orders.models import LedgerEntry


@admin.register(LedgerEntry)
class LedgerAdmin(OfOrderAdmin):
    list_display = ("at", "order", "kind", "money", "reference", "actor", "note")
    list_filter = ("kind", "at")
    list_select_related = ("order", "actor", "payment")
    ordering = ("-id",)
    own_names = ("reference",)

    @admin.display(description=gettext_lazy("amount"), ordering="amount")
    def money(self, entry: LedgerEntry) -> str:
        return written(entry.amount, entry.payment.currency)
