"""What 0081 promised of tables that grow is looked at, while the shop goes on; and who sends parcels."""

from importlib import import_module

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations

make = import_module("orders.migrations.0009_groups").make


class Migration(migrations.Migration):
    dependencies = [('orders', '0081_shipments')]
    operations = [
        ValidateConstraint("email", "orders_mail_kind"),
        ValidateConstraint("orderline", "orders_line_sent"),
        ValidateConstraint("feedentry", "orders_feed_tells_one_thing"),
        migrations.RunPython(make, migrations.RunPython.noop, elidable=False),
    ]
