"""A line keeps the day from which on a pre-order is sent. The index is of those alone, and built while the shop goes on."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("catalog", "0034_preorder"), ("orders", "0113_event_starts")]
    operations = [
        migrations.AddField(
            model_name='orderline',
            name='available_from',
            field=models.DateField(editable=False, null=True, verbose_name='pre-order, sent from'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='orderline',
            trigger=pgtrigger.compiler.Trigger(name='preorder_as_placed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."available_from" IS DISTINCT FROM (NEW."available_from"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='c00efe8353aae06a6e61972786e7011eb870c43d', operation='UPDATE', pgid='pgtrigger_preorder_as_placed_3bd98', table='orders_orderline', when='BEFORE')),
        ),
        AddIndexConcurrently(
            model_name='orderline',
            index=models.Index(condition=models.Q(('available_from__isnull', False)), fields=['available_from', 'order'], name='orders_line_preorder'),
        ),
    ]
