"""Who works with orders sees products with options; who keeps the catalog makes them."""

from importlib import import_module

from django.db import migrations

make = import_module("orders.migrations.0009_groups").make


class Migration(migrations.Migration):
    dependencies = [("orders", "0059_linked"), ("catalog", "0021_variants")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop, elidable=False)]
