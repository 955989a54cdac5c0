"""Finance reads bank statements."""

from importlib import import_module

from django.db import migrations

make = import_module("orders.migrations.0009_groups").make


class Migration(migrations.Migration):
    dependencies = [('orders', '0083_bank')]
    operations = [migrations.RunPython(make, migrations.RunPython.noop, elidable=False)]
