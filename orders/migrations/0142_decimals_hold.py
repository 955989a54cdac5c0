"""Looks at each order for what 0141 promises, without keeping anybody waiting."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0141_decimals")]
    operations = [ValidateConstraint("order", "orders_order_decimals")]
