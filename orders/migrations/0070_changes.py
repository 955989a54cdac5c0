"""Changes of orders: pieces canceled or returned, money given back in part."""

import django.db.models.deletion
import django.utils.timezone
import orders.models.fields
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0027_order_changes'),
        ('orders', '0069_linked'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ChangeLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quantity', models.PositiveIntegerField(default=0, verbose_name='quantity')),
                ('amount', orders.models.fields.Money(decimal_places=2, default=0, max_digits=18, verbose_name='amount')),
                ('tax', orders.models.fields.Money(decimal_places=2, max_digits=18, null=True)),
                ('restocked', models.BooleanField(default=False, verbose_name='received back into stock')),
            ],
            options={
                'verbose_name': 'line of a change',
                'verbose_name_plural': 'lines of changes',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='GivenUpNumber',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ],
            options={
                'verbose_name': 'number that was given up',
                'verbose_name_plural': 'numbers that were given up',
                'ordering': ['number_id'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='OrderChange',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('sequence', models.PositiveIntegerField(verbose_name='number')),
                ('kind', models.CharField(choices=[('refund', 'Money returned'), ('cancel', 'Pieces canceled'), ('return', 'Pieces returned'), ('at_provider', 'Money returned at the payment provider'), ('undone', 'A return of money failed')], max_length=20, verbose_name='kind')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='at')),
                ('note', models.CharField(blank=True, max_length=500, verbose_name='reason')),
                ('amount', orders.models.fields.Money(decimal_places=2, default=0, max_digits=18, verbose_name='amount')),
                ('shipping', orders.models.fields.Money(decimal_places=2, default=0, max_digits=18, verbose_name='of it shipping')),
                ('shipping_tax', orders.models.fields.Money(decimal_places=2, max_digits=18, null=True)),
            ],
            options={
                'verbose_name': 'change of an order',
                'verbose_name_plural': 'changes of orders',
                'ordering': ['order_id', 'sequence'],
                'permissions': [('refund_part', 'Can give back parts of the money'), ('cancel_pieces', 'Can cancel pieces of paid orders'), ('take_return', 'Can take back pieces of done orders')],
            },
        ),
        migrations.AddField(
            model_name='changeline',
            name='line',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='orders.orderline'),
        ),
        migrations.AddField(
            model_name='givenupnumber',
            name='line',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='numbers', to='orders.changeline'),
        ),
        migrations.AddField(
            model_name='givenupnumber',
            name='number',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.number', verbose_name='number'),
        ),
        migrations.AddField(
            model_name='orderchange',
            name='actor',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by'),
        ),
        migrations.AddField(
            model_name='orderchange',
            name='order',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='orders.order', verbose_name='order'),
        ),
        migrations.AddField(
            model_name='orderchange',
            name='returned',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='change', to='orders.ledgerentry', verbose_name='ledger entry'),
        ),
        migrations.AddField(
            model_name='orderchange',
            name='undoes',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='undone_by', to='orders.orderchange'),
        ),
        migrations.AddField(
            model_name='changeline',
            name='change',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='orders.orderchange'),
        ),
        migrations.AddField(
            model_name='refund',
            name='change',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='orders.orderchange', verbose_name='change'),
        ),
        migrations.AddConstraint(
            model_name='givenupnumber',
            constraint=models.UniqueConstraint(fields=('line', 'number'), name='orders_givenupnumber_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='givenupnumber',
            trigger=pgtrigger.compiler.Trigger(name='only_added', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='ce802af70b2bd66dd3fb6ea604618c0be9c1b358', operation='UPDATE OR DELETE', pgid='pgtrigger_only_added_a1378', table='orders_givenupnumber', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='orderchange',
            constraint=models.UniqueConstraint(fields=('order', 'sequence'), name='orders_change_sequence'),
        ),
        migrations.AddConstraint(
            model_name='orderchange',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gte', 0), ('sequence__gt', 0), ('shipping__range', (0, models.F('amount')))), name='orders_change_amounts'),
        ),
        migrations.AddConstraint(
            model_name='orderchange',
            constraint=models.CheckConstraint(condition=models.Q(('shipping_tax__isnull', True), ('shipping_tax__range', (0, models.F('shipping'))), _connector='OR'), name='orders_change_shipping_tax'),
        ),
        migrations.AddConstraint(
            model_name='orderchange',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ['refund', 'cancel', 'return']), ('returned', None), ('undoes', None)), models.Q(('kind', 'at_provider'), ('returned__isnull', False), ('undoes', None)), models.Q(('amount', 0), ('kind', 'undone'), ('returned', None), ('undoes__isnull', False)), _connector='OR'), name='orders_change_kind'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='orderchange',
            trigger=pgtrigger.compiler.Trigger(name='only_added', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='40fdcc753d8a3433c1a3a303a20a8527a4d1385d', operation='UPDATE OR DELETE', pgid='pgtrigger_only_added_8988b', table='orders_orderchange', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='orderchange',
            trigger=pgtrigger.compiler.Trigger(name='within_the_order', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE placed orders_order%ROWTYPE; given numeric; shipped numeric; taxed numeric;', func="\n                    SELECT * INTO placed FROM orders_order WHERE id = NEW.order_id FOR NO KEY UPDATE;\n                    SELECT coalesce(sum(c.amount), 0), coalesce(sum(c.shipping), 0), coalesce(sum(c.shipping_tax), 0)\n                    INTO given, shipped, taxed FROM orders_orderchange c\n                    WHERE c.order_id = NEW.order_id\n                        AND NOT EXISTS (SELECT FROM orders_orderchange u WHERE u.undoes_id = c.id);\n                    IF given + NEW.amount > placed.total_amount OR shipped + NEW.shipping > placed.shipping_fee\n                        OR taxed + coalesce(NEW.shipping_tax, 0) > coalesce(placed.shipping_tax, 0) THEN\n                        RAISE EXCEPTION 'order %: a change gives back more than there is left', NEW.order_id\n                            USING ERRCODE = 'check_violation';\n                    END IF;\n                    RETURN NEW;\n                ", hash='69609f8257258c7867902bf95cdd238bca50285d', operation='INSERT', pgid='pgtrigger_within_the_order_6c065', table='orders_orderchange', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='changeline',
            constraint=models.UniqueConstraint(fields=('change', 'line'), name='orders_changeline_once'),
        ),
        migrations.AddConstraint(
            model_name='changeline',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gte', 0)), name='orders_changeline_amount'),
        ),
        migrations.AddConstraint(
            model_name='changeline',
            constraint=models.CheckConstraint(condition=models.Q(('tax__isnull', True), ('tax__range', (0, models.F('amount'))), _connector='OR'), name='orders_changeline_tax'),
        ),
        migrations.AddConstraint(
            model_name='changeline',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gt', 0), models.Q(('amount__gt', 0), ('restocked', False)), _connector='OR'), name='orders_changeline_something'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='changeline',
            trigger=pgtrigger.compiler.Trigger(name='only_added', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='bbfd8cc4d48f78a5fd9098c25aec4c5620025cf8', operation='UPDATE OR DELETE', pgid='pgtrigger_only_added_e6183', table='orders_changeline', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='changeline',
            trigger=pgtrigger.compiler.Trigger(name='within_the_line', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE bought orders_orderline%ROWTYPE; changed uuid; pieces bigint; given numeric; taxed numeric;', func="\n                    SELECT order_id INTO changed FROM orders_orderchange WHERE id = NEW.change_id;\n                    PERFORM FROM orders_order WHERE id = changed FOR NO KEY UPDATE;\n                    SELECT * INTO bought FROM orders_orderline WHERE id = NEW.line_id;\n                    SELECT coalesce(sum(l.quantity), 0), coalesce(sum(l.amount), 0), coalesce(sum(l.tax), 0)\n                    INTO pieces, given, taxed FROM orders_changeline l\n                    WHERE l.line_id = NEW.line_id\n                        AND NOT EXISTS (SELECT FROM orders_orderchange u WHERE u.undoes_id = l.change_id);\n                    IF bought.order_id IS DISTINCT FROM changed OR pieces + NEW.quantity > bought.quantity\n                        OR given + NEW.amount > bought.line_total\n                        OR taxed + coalesce(NEW.tax, 0) > coalesce(bought.tax_amount, 0) THEN\n                        RAISE EXCEPTION 'line %: a change takes more than there is left', NEW.line_id\n                            USING ERRCODE = 'check_violation';\n                    END IF;\n                    RETURN NEW;\n                ", hash='45f1605215d1e41795c0a266be64494ca8af1d94', operation='INSERT', pgid='pgtrigger_within_the_line_3ccf6', table='orders_changeline', when='BEFORE')),
        ),
    ]
