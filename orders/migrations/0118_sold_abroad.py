"""What was sold into other countries is found without reading every invoice. Built while the shop goes on."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0117_preorder")]
    operations = [
        AddIndexConcurrently(
            model_name="invoice",
            index=models.Index(
                Coalesce(KT("snapshot__customer__delivered_to"), KT("snapshot__customer__country")),
                models.F("issued_at"),
                name="orders_invoice_country",
            ),
        ),
    ]
