"""Customers may ask for another variant in the place of money."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0034_preorder'),
        ('orders', '0130_notices_promises'),
    ]

    operations = [
        migrations.AddField(
            model_name='requestedline',
            name='exchange_for',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='in exchange for'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='requestedline',
            trigger=pgtrigger.compiler.Trigger(name='for_another_variant', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW."exchange_for_id" IS NOT NULL)', func="\n                    IF NOT EXISTS (\n                        SELECT FROM orders_orderline l JOIN catalog_product p ON p.id = l.product_id\n                        JOIN catalog_product n ON n.id = NEW.exchange_for_id AND n.group_id = p.group_id AND n.id <> p.id\n                        JOIN orders_changerequest r ON r.id = NEW.request_id AND r.kind <> 'withdraw'\n                        WHERE l.id = NEW.line_id\n                    ) THEN\n                        RAISE EXCEPTION 'request %: product % is no exchange for line %',\n                            NEW.request_id, NEW.exchange_for_id, NEW.line_id USING ERRCODE = 'check_violation';\n                    END IF;\n                    RETURN NEW;\n                ", hash='41dc59bbbedbb6b6a4a5c1ba53ff77570fb83cf5', operation='INSERT', pgid='pgtrigger_for_another_variant_9dbfb', table='orders_requestedline', when='BEFORE')),
        ),
    ]
