"""Reports of what was sold: who may see them, and what finds the papers of some days, made while the shop goes on."""

from importlib import import_module

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

make = import_module("orders.migrations.0009_groups").make


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0106_pickup_promises")]
    operations = [
        migrations.CreateModel(
            name="Report",
            fields=[],
            options={
                "verbose_name": "report",
                "verbose_name_plural": "reports",
                "proxy": True,
                "default_permissions": ("view",),
                "indexes": [],
                "constraints": [],
            },
            bases=("orders.invoice",),
        ),
        AddIndexConcurrently(
            "invoice", models.Index(fields=["issued_at"], name="orders_invoice_issued")
        ),
        migrations.RunPython(make, migrations.RunPython.noop, elidable=False),
    ]
