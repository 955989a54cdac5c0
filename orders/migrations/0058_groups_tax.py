"""Who works with orders sees what is taxed and how; finance sets it."""

from importlib import import_module

from django.db import migrations

make = import_module("orders.migrations.0009_groups").make


class Migration(migrations.Migration):
    dependencies = [('orders', '0057_tax'), ("catalog", "0020_standard_tax_class")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop, elidable=False)]
