"""Who may export orders, and who sees the tables that come in and go out."""

from importlib import import_module

from django.db import migrations

make = import_module("orders.migrations.0009_groups").make


class Migration(migrations.Migration):
    dependencies = [("bulk", "0001_initial"), ("orders", "0015_forget_webhooks")]
    operations = [
        migrations.AlterModelOptions(
            name="order",
            options={
                "ordering": ["-placed_at", "-id"],
                "permissions": [
                    ("complete_order", "Can mark orders as done"),
                    ("track_order", "Can correct tracking codes"),
                    ("pack_order", "Can print packing papers"),
                    ("cancel_order", "Can cancel orders"),
                    ("refund_order", "Can cancel and refund orders"),
                    ("export_order", "Can export orders"),
                ],
                "verbose_name": "order",
                "verbose_name_plural": "orders",
            },
        ),
        migrations.RunPython(make, migrations.RunPython.noop, elidable=False),
    ]
