"""Stock movements are chained by hash, by a trigger that finds the newest of a product in an index of its own."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('catalog', '0012_languages'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='stockmovement',
            name='hash',
            field=models.BinaryField(max_length=32, null=True),
        ),
        AddIndexConcurrently(
            model_name='stockmovement',
            index=models.Index(fields=['product', '-id'], name='catalog_movement_newest'),
        ),
        migrations.AlterField(
            model_name='stockmovement',
            name='product',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='movements', to='catalog.product', verbose_name='product'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='stockmovement',
            trigger=pgtrigger.compiler.Trigger(name='linked', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE previous bytea;', func="\n                \n                SELECT hash INTO previous FROM catalog_stockmovement\n                WHERE product_id = NEW.product_id AND id < NEW.id\n                ORDER BY id DESC LIMIT 1;\n                IF NOT FOUND THEN\n                    previous := '';\n                END IF;\n                NEW.hash := sha256(previous || convert_to(ROW(NEW.id, NEW.product_id, NEW.kind, NEW.quantity, NEW.order_id, NEW.actor_id, NEW.reason,\n        extract(epoch FROM NEW.at))::text, 'UTF8'));\n                RETURN NEW;\n            ", hash='dc77f47b72201a2820d90c839d6c598fc7b402c1', operation='INSERT', pgid='pgtrigger_linked_bf41f', table='catalog_stockmovement', when='BEFORE')),
        ),
    ]
