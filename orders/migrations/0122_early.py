"""Why a pre-order was sent before its day stands at its parcel, and sending it so takes a right of its own."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0121_linked'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='shipment',
            options={'ordering': ['order_id', 'sequence'], 'permissions': [('send_parcel', 'Can send parcels'), ('send_early', 'Can send pre-orders before their day')], 'verbose_name': 'parcel', 'verbose_name_plural': 'parcels'},
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='shipment',
            name='as_sent',
        ),
        migrations.AddField(
            model_name='shipment',
            name='early_reason',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=500, verbose_name='sent early, because'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='shipment',
            trigger=pgtrigger.compiler.Trigger(name='as_sent', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."order_id" IS DISTINCT FROM (NEW."order_id") OR OLD."sequence" IS DISTINCT FROM (NEW."sequence") OR OLD."at" IS DISTINCT FROM (NEW."at") OR OLD."actor_id" IS DISTINCT FROM (NEW."actor_id") OR OLD."courier_id" IS DISTINCT FROM (NEW."courier_id") OR OLD."weight_g" IS DISTINCT FROM (NEW."weight_g") OR OLD."completes" IS DISTINCT FROM (NEW."completes") OR OLD."early_reason" IS DISTINCT FROM (NEW."early_reason"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='81e198100f022d82006605e0e4d576206e6c2762', operation='UPDATE', pgid='pgtrigger_as_sent_7b05c', table='orders_shipment', when='BEFORE')),
        ),
    ]
