"""All who work with orders see gift cards; finance gives and voids them."""

from importlib import import_module

from django.db import migrations

make = import_module("orders.migrations.0009_groups").make


class Migration(migrations.Migration):
    dependencies = [("orders", "0091_gift_cards_promises")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop, elidable=False)]
