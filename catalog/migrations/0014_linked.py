"""Stock movements from before there were chains are linked, in pieces, while the shop goes on."""

from django.db import migrations

from catalog.models import MOVEMENTS, StockMovement
from chains import protection_of


def link(apps, editor):
    MOVEMENTS.link(protection_of(StockMovement))


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("catalog", "0013_chained")]
    operations = [migrations.RunPython(link, migrations.RunPython.noop)]
