"""The daily statement finds the days of the ledger without reading it from its beginning."""

from django.contrib.postgres.indexes import BrinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [('orders', '0053_groups_reconciliations')]
    operations = [
        AddIndexConcurrently(
            "ledgerentry", BrinIndex(autosummarize=True, fields=["at"], name="orders_ledger_at")
        ),
    ]
