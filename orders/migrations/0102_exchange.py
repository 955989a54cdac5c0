"""Pieces of an order are exchanged for another variant, which is an order of its own."""

import django.db.models.deletion
import orders.models.fields
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0101_way_back'),
    ]

    operations = [
        migrations.CreateModel(
            name='Exchange',
            fields=[
                ('change', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='exchange', serialize=False, to='orders.orderchange')),
                ('waived', orders.models.fields.Money(db_default=0, decimal_places=2, default=0, max_digits=18, verbose_name='waived')),
            ],
            options={
                'verbose_name': 'exchange',
                'verbose_name_plural': 'exchanges',
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='order',
            name='is_exchange',
            field=models.BooleanField(db_default=False, default=False, editable=False, verbose_name='in exchange'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='order',
            trigger=pgtrigger.compiler.Trigger(name='exchange_as_placed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."is_exchange" IS DISTINCT FROM (NEW."is_exchange"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='a7035eb059d4829bf85b9abf2530c92b495a95c1', operation='UPDATE', pgid='pgtrigger_exchange_as_placed_01ba1', table='orders_order', when='BEFORE')),
        ),
        migrations.AddField(
            model_name='exchange',
            name='order',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='exchange', to='orders.order', verbose_name='order in exchange'),
        ),
        migrations.AddConstraint(
            model_name='exchange',
            constraint=models.CheckConstraint(condition=models.Q(('waived__gte', 0)), name='orders_exchange_waived'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='exchange',
            trigger=pgtrigger.compiler.Trigger(name='only_added', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='5923cfca0741e2068d201913fa98d2f9217c12dd', operation='UPDATE OR DELETE', pgid='pgtrigger_only_added_bb9a1', table='orders_exchange', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='exchange',
            trigger=pgtrigger.compiler.Trigger(name='of_one_customer', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF NOT EXISTS (\n                        SELECT FROM orders_orderchange c JOIN orders_order o ON o.id = c.order_id\n                        JOIN orders_order n ON n.id = NEW.order_id AND n.customer_id = o.customer_id AND n.id <> o.id\n                            AND n.is_exchange\n                        WHERE c.id = NEW.change_id AND c.kind IN ('cancel', 'return')\n                    ) THEN\n                        RAISE EXCEPTION 'change %: no exchange for order %', NEW.change_id, NEW.order_id\n                            USING ERRCODE = 'check_violation';\n                    END IF;\n                    RETURN NEW;\n                ", hash='e577c0abba17252ad549567638b7a5ef70ede36b', operation='INSERT', pgid='pgtrigger_of_one_customer_df51c', table='orders_exchange', when='BEFORE')),
        ),
    ]
