"""Orders and lines of before keep the promises that came with promotions: looked at without keeping anybody waiting."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0063_promotions")]
    operations = [
        ValidateConstraint("order", "orders_order_discount"),
        ValidateConstraint("orderline", "orders_line_total"),
        ValidateConstraint("orderline", "orders_line_list_price"),
    ]
