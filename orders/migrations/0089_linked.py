"""Rows from before there were chains are linked, in pieces, while the shop goes on.

It calls today's code, whose words name today's columns: who adds one to a chain moves this behind the migration that
makes it.
"""

from django.db import migrations

from orders import chaining


def link(apps, editor):
    """All chains, also those of rooms below."""
    chaining.link_all()


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0085_joined")]
    operations = [migrations.RunPython(link, migrations.RunPython.noop)]
