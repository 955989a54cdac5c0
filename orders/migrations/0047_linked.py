"""Rows from before there were chains are linked, in pieces, while the shop goes on."""

from django.db import migrations

from orders import chaining


def link(apps, editor):
    chaining.link_all()


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0046_chained"), ("catalog", "0014_linked")]
    operations = [migrations.RunPython(link, migrations.RunPython.noop)]
