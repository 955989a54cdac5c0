"""Linked the rows of before there were chains. That is done in 0121_linked, where they have all their columns."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0058_groups_tax")]
    operations = []
