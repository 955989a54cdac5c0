"""Rows from before there were chains are linked, in pieces, while the shop goes on; what 0120 promised is looked at.

It calls today's code, whose words name today's columns: who adds one to a chain moves this behind the migration that
makes it.
"""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations

from orders import chaining


def link(apps, editor):
    """All chains, also those of rooms below."""
    chaining.link_all()


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0120_gifts_told")]
    operations = [
        ValidateConstraint("email", "orders_mail_kind"),
        ValidateConstraint("email", "orders_mail_of_order_or_finished"),
        migrations.RunPython(link, migrations.RunPython.noop),
    ]
