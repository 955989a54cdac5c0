"""Who keeps the catalog, and owners, may see and export unsold numbers; others no longer do by looking alone."""

from importlib import import_module

from django.db import migrations

make = import_module("orders.migrations.0009_groups").make


class Migration(migrations.Migration):
    dependencies = [("orders", "0018_promised"), ("catalog", "0009_export_number")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop, elidable=False)]
