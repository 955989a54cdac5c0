"""What a provider tells names a payment by its token: it is found without reading every payment. Built while the shop goes on."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0125_waiting_promises")]
    operations = [
        AddIndexConcurrently(
            model_name="payment",
            index=models.Index(fields=["token"], name="orders_payment_token"),
        ),
    ]
