"""Changes of an order are told by email, and finance may make them."""

from importlib import import_module

from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q

KINDS = [('placed', 'Order placed'), ('pay_required', 'Payment required'), ('paid', 'Paid'), ('done', 'Done'), ('not_confirmed', 'Not confirmed'), ('canceled', 'Canceled'), ('refund', 'Refund asked for'), ('refunded', 'Refunded'), ('late_money_returned', 'Late money returned'), ('tracking', 'Tracking code'), ('refund_failed', 'Refund failed'), ('refunded_later', 'Refunded after all'), ('changed', 'Order changed'), ('change_refunded', 'Part refunded'), ('refund_declined', 'Refund declined'), ('account', 'Account'), ('webhook_off', 'Webhook switched off'), ('back_to_confirm', 'Back in stock, to be confirmed'), ('back_in_stock', 'Back in stock')]
KNOWN = models.CheckConstraint(
    condition=Q(kind__in=[kind for kind, _label in KINDS]), name="orders_mail_kind"
)
make = import_module("orders.migrations.0009_groups").make


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0071_refunds_in_part")]
    operations = [
        migrations.SeparateDatabaseAndState(
            # Only names are added to the choices: the column stays as it is.
            state_operations=[
                migrations.AlterField(
                    model_name="email",
                    name="kind",
                    field=models.CharField(choices=KINDS, max_length=20, verbose_name="about"),
                )
            ]
        ),
        migrations.RemoveConstraint("email", "orders_mail_kind"),
        AddConstraintNotValid("email", KNOWN),
        ValidateConstraint("email", "orders_mail_kind"),
        migrations.RunPython(make, migrations.RunPython.noop, elidable=False),
    ]
