"""Finance sees which payment providers do not answer."""

from importlib import import_module

from django.db import migrations

make = import_module("orders.migrations.0009_groups").make


class Migration(migrations.Migration):
    dependencies = [("orders", "0037_provider_outage")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop, elidable=False)]
