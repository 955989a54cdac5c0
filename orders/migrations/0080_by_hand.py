"""Money that comes by hand, and the emails about it; the promise is made while the shop goes on."""

from importlib import import_module

from django.db import migrations, models
from django.db.models import Q

constraint = import_module("orders.migrations.0023_outbox_promises").constraint
make = import_module("orders.migrations.0009_groups").make
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
    ("changed", "Order changed"),
    ("change_refunded", "Part refunded"),
    ("request_received", "Request received"),
    ("request_declined", "Request declined"),
    ("refund_declined", "Refund declined"),
    ("pay_by_hand", "How to pay"),
    ("account", "Account"),
    ("webhook_off", "Webhook switched off"),
    ("back_to_confirm", "Back in stock, to be confirmed"),
    ("back_in_stock", "Back in stock"),
]


class Migration(migrations.Migration):
    atomic = False
    safe_because = "of the field only the choices change, which the database does not know"
    dependencies = [('orders', '0075_event_version')]
    operations = [
        migrations.AlterModelOptions(
            name="payment",
            options={
                "ordering": ["id"],
                "permissions": [("take_payment", "Can note money that came by transfer or in cash")],
                "verbose_name": "payment",
                "verbose_name_plural": "payments",
            },
        ),
        migrations.AlterField(
            model_name="email",
            name="kind",
            field=models.CharField(choices=KINDS, max_length=20, verbose_name="about"),
        ),
        migrations.RemoveConstraint(model_name="email", name="orders_mail_kind"),
        *constraint("email", "orders_mail_kind", Q(kind__in=[kind for kind, _label in KINDS])),
        migrations.RunPython(make, migrations.RunPython.noop, elidable=False),
    ]
