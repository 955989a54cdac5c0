"""Who works with orders sees promotions; finance and who keeps the catalog make them."""

from importlib import import_module

from django.db import migrations

make = import_module("orders.migrations.0009_groups").make


class Migration(migrations.Migration):
    dependencies = [("orders", "0064_promotions_promises")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop, elidable=False)]
