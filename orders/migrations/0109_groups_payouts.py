"""Finance sees payouts."""

from importlib import import_module

from django.db import migrations

make = import_module("orders.migrations.0009_groups").make


class Migration(migrations.Migration):
    dependencies = [("orders", "0108_payouts")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop, elidable=False)]
