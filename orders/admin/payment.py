"""Payments, to look at."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from catalog.money import written
from orders.admin.of_order import OfOrderAdmin
from orders.models import Payment

# django-payments names its fields in English alone.
LABELS = {
    "variant": _("variant"),
    "status": _("status"),
    "total": _("total"),
    "captured_amount": _("captured amount"),
    "currency": _("currency"),
    "transaction_id": _("transaction id"),
    "message": _("message"),
    "created": _("created"),
    "modified": _("modified"),
}
for name, label in LABELS.items():
    Payment._meta.get_field(name).verbose_name = label


@admin.register(Payment)
class PaymentAdmin(OfOrderAdmin):
    list_display = ("id", "order", "variant", "status", "amount", "captured", "created")
    list_filter = ("status", "variant", "created")
    list_select_related = ("order",)
    own_names = ("transaction_id",)
    fields = (
        "order",
        ("variant", "status", "fraud_status"),
        ("amount", "captured"),
        "transaction_id",
        "message",
        ("created", "modified"),
    )

    @admin.display(description=_("total"), ordering="total")
    def amount(self, payment: Payment) -> str:
        return written(payment.total, payment.currency)

    @admin.display(description=_("captured amount"), ordering="captured_amount")
    def captured(self, payment: Payment) -> str:
        return written(payment.captured_amount, payment.currency)
