"""What finds the payments that no webhook told of, and money in other currencies, made while the shop goes on."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


FOREIGN = "in another currency than the payment's, so it is not booked"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0041_invoice_series")]
    operations = [
        AddIndexConcurrently(
            "providerevent",
            models.Index(fields=["received_at"], name="orders_event_asked", condition=Q(body="")),
        ),
        AddIndexConcurrently(
            "providerevent",
            models.Index(fields=["variant", "received_at"], name="orders_event_heard"),
        ),
        AddIndexConcurrently(
            "providerevent",
            models.Index(fields=["received_at"], name="orders_event_foreign", condition=Q(remark=FOREIGN)),
        ),
    ]
