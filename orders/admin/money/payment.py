"""Payments, to look at."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from catalog.money import written
from orders.admin.of_order import OfOrderAdmin
from orders.models import Payment


@admin.register(Payment)
class PaymentAdmin(OfOrderAdmin):
    list_display = ("id", "order", "variant", "status", "amount", "captured", "created")
    list_filter = ("status", "variant", "created")
    list_select_related = ("order",)
    ordering = ("-id",)
    own_names = ("transaction_id",)
    fields = (
        "order",
        ("variant", "status"),
        ("amount", "captured"),
        "transaction_id",
        ("created", "modified"),
    )

    @admin.display(description=_("total"), ordering="total")
    def amount(self, payment: Payment) -> str:
        return written(payment.total, payment.currency)

    @admin.display(description=_("captured amount"), ordering="captured_amount")
    def captured(self, payment: Payment) -> str:
        return written(payment.captured_amount, payment.currency)
