"""Owners may reset a lost second factor."""

from importlib import import_module

from django.db import migrations

make = import_module("orders.migrations.0009_groups").make


class Migration(migrations.Migration):
    dependencies = [("orders", "0042_asked_events"), ("accounts", "0012_owners")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop, elidable=False)]
