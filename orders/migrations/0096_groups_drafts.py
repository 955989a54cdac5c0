"""Support and Finance take orders; Finance overrides prices in them."""

from importlib import import_module

from django.db import migrations

make = import_module("orders.migrations.0009_groups").make


class Migration(migrations.Migration):
    dependencies = [('orders', '0095_drafts')]
    operations = [migrations.RunPython(make, migrations.RunPython.noop, elidable=False)]
