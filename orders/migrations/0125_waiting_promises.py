"""What 0124 promised of orders is looked at."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0124_waiting")]
    operations = [ValidateConstraint("order", "orders_order_exchange_amount")]
