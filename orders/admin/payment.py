"""Payments, to look at."""

from django.contrib import admin

from catalog.admin.read_only import ReadOnlyAdmin
from orders.models import Payment


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = ("id", "order", "variant", "status", "total", "captured_amount", "currency", "created")
    list_filter = ("status", "variant", "created")
    list_select_related = ("order",)
    search_fields = ("order__number", "transaction_id", "billing_email")
    fields = (
        "order",
        ("variant", "status", "fraud_status"),
        ("total", "captured_amount", "currency"),
        "transaction_id",
        "message",
        ("created", "modified"),
    )
