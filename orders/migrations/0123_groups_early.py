"""Fulfilment may send pre-orders before their day, with a reason."""

from importlib import import_module

from django.db import migrations

make = import_module("orders.migrations.0009_groups").make


class Migration(migrations.Migration):
    dependencies = [("orders", "0122_early")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop, elidable=False)]
