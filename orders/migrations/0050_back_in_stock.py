"""Emails to who waits for a product; their promises are made while the shop goes on."""

from importlib import import_module

from django.db import migrations, models
from django.db.models import Q

constraint = import_module("orders.migrations.0023_outbox_promises").constraint
KINDS = [
    ("placed", "Order placed"),
    ("pay_required", "Payment required"),
    ("paid", "Paid"),
    ("done", "Done"),
    ("not_confirmed", "Not confirmed"),
    ("canceled", "Canceled"),
    ("refund", "Refund asked for"),
    ("refunded", "Refunded"),
    ("late_money_returned", "Late money returned"),
    ("tracking", "Tracking code"),
    ("refund_failed", "Refund failed"),
    ("refunded_later", "Refunded after all"),
    ("refund_declined", "Refund declined"),
    ("account", "Account"),
    ("webhook_off", "Webhook switched off"),
    ("back_to_confirm", "Back in stock, to be confirmed"),
    ("back_in_stock", "Back in stock"),
]
FINISHED = ("account", "webhook_off", "back_to_confirm", "back_in_stock")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [('orders', '0049_codes_seen_before'), ("catalog", "0016_wait")]
    operations = [
        migrations.AlterField(
            model_name="email",
            name="kind",
            field=models.CharField(choices=KINDS, max_length=20, verbose_name="about"),
        ),
        migrations.RemoveConstraint(model_name="email", name="orders_mail_kind"),
        *constraint("email", "orders_mail_kind", Q(kind__in=[kind for kind, _label in KINDS])),
        migrations.RemoveConstraint(model_name="email", name="orders_mail_of_order_or_finished"),
        *constraint(
            "email",
            "orders_mail_of_order_or_finished",
            Q(order__isnull=True, kind__in=FINISHED) | Q(order__isnull=False) & ~Q(kind__in=FINISHED),
        ),
    ]
