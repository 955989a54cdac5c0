"""Deliveries that are over may be deleted after a while, those that are owed may not; removed endpoints are owed nothing."""

import django.db.models.functions.comparison
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


NOTHING_TO_REMOVED = """
UPDATE orders_webhookdelivery d SET state = 'withheld', next_attempt_at = NULL
FROM orders_webhookendpoint e WHERE e.id = d.endpoint_id AND e.state = 'removed' AND d.state = 'waiting'
"""


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0014_bands_may_swap'),
    ]

    operations = [
        migrations.RunSQL(NOTHING_TO_REMOVED, migrations.RunSQL.noop),
        pgtrigger.migrations.RemoveTrigger(
            model_name='webhookdelivery',
            name='never_deleted',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='webhookendpoint',
            name='never_deleted',
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(django.db.models.functions.comparison.Coalesce('done_at', 'created_at'), condition=models.Q(('state__in', ('done', 'withheld'))), name='orders_delivery_over'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='webhookdelivery',
            trigger=pgtrigger.compiler.Trigger(name='owed_is_not_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."state" = \'waiting\')', func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='a9bd57713c33056eab8a78de954356030d3199ba', operation='DELETE', pgid='pgtrigger_owed_is_not_deleted_1e41f', table='orders_webhookdelivery', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='webhookendpoint',
            trigger=pgtrigger.compiler.Trigger(name='deleted_when_removed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NOT (OLD."state" = \'removed\'))', func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='4c1c892b9537f50a72442124593e8f8c84f5cf7d', operation='DELETE', pgid='pgtrigger_deleted_when_removed_c1548', table='orders_webhookendpoint', when='BEFORE')),
        ),
    ]
