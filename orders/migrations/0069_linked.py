"""What is promised of billing holds of all orders. It linked rows too: that is done in 0121_linked."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0068_billing")]
    operations = [
        ValidateConstraint("order", "orders_order_tax_reason"),
        ValidateConstraint("order", "orders_order_exempt_with_vat_id"),
    ]
