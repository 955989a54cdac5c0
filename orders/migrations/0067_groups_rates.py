"""Finance brings rates of tax in as a table, and sees what became of it."""

from importlib import import_module

from django.db import migrations

make = import_module("orders.migrations.0009_groups").make


class Migration(migrations.Migration):
    dependencies = [("orders", "0066_linked"), ("bulk", "__first__")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop, elidable=False)]
