"""Placing counts what its customer has not paid yet: by an index of that alone, and not by reading all of their orders.

Built while the shop goes on.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0132_owed_before_the_lock")]
    operations = [
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(
                fields=["customer"],
                name="orders_order_unpaid_of",
                condition=models.Q(status__in=("pending", "pay_required")),
            ),
        ),
    ]
