"""Pickup at the shop, and promised days. What is promised of tables that grow is looked at by the next migration."""

import django.db.models.deletion
import django.utils.timezone
import orders.models.fields
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    safe_because = "of the email's kind only the choices change, which the database does not know; price tables are few"

    dependencies = [
        ('accounts', '0015_links_serial'),
        ('orders', "0102_exchange"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ReadyNotice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='ready')),
            ],
            options={
                'verbose_name': 'ready for pickup',
                'verbose_name_plural': 'ready for pickup',
                'ordering': ['id'],
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='feedentry',
            name='numbered_once',
        ),
        migrations.RemoveConstraint(
            model_name='email',
            name='orders_mail_kind',
        ),
        migrations.RemoveConstraint(
            model_name='feedentry',
            name='orders_feed_tells_one_thing',
        ),
        migrations.AddField(
            model_name='order',
            name='is_pickup',
            field=models.BooleanField(db_default=False, default=False, editable=False, verbose_name='pickup'),
        ),
        migrations.AddField(
            model_name='order',
            name='promised_from',
            field=models.DateField(editable=False, null=True, verbose_name='promised from'),
        ),
        migrations.AddField(
            model_name='order',
            name='promised_to',
            field=models.DateField(editable=False, null=True, verbose_name='promised until'),
        ),
        migrations.AddField(
            model_name='pricetable',
            name='is_pickup',
            field=models.BooleanField(db_default=False, default=False, help_text='Customers fetch it at this address. It has one fee, and no bands.', verbose_name='pickup'),
        ),
        migrations.AddField(
            model_name='pricetable',
            name='pickup_address',
            field=models.TextField(blank=True, db_default='', default='', max_length=500, verbose_name='address for pickup'),
        ),
        migrations.AddField(
            model_name='pricetable',
            name='pickup_address_vi',
            field=models.TextField(blank=True, db_default='', default='', max_length=500, verbose_name='address for pickup (Tiếng Việt)'),
        ),
        migrations.AddField(
            model_name='pricetable',
            name='pickup_fee',
            field=orders.models.fields.Money(db_default=0, decimal_places=2, default=0, max_digits=18, verbose_name='fee for pickup'),
        ),
        migrations.AddField(
            model_name='pricetable',
            name='pickup_hours',
            field=models.TextField(blank=True, db_default='', default='', max_length=500, verbose_name='hours for pickup'),
        ),
        migrations.AddField(
            model_name='pricetable',
            name='pickup_hours_vi',
            field=models.TextField(blank=True, db_default='', default='', max_length=500, verbose_name='hours for pickup (Tiếng Việt)'),
        ),
        migrations.AlterField(
            model_name='email',
            name='kind',
            field=models.CharField(choices=[('placed', 'Order placed'), ('pay_required', 'Payment required'), ('paid', 'Paid'), ('done', 'Done'), ('not_confirmed', 'Not confirmed'), ('canceled', 'Canceled'), ('refund', 'Refund asked for'), ('refunded', 'Refunded'), ('late_money_returned', 'Late money returned'), ('tracking', 'Tracking code'), ('refund_failed', 'Refund failed'), ('refunded_later', 'Refunded after all'), ('changed', 'Order changed'), ('change_refunded', 'Part refunded'), ('request_received', 'Request received'), ('request_expected', 'Goods expected back'), ('request_declined', 'Request declined'), ('refund_declined', 'Refund declined'), ('pay_by_hand', 'How to pay'), ('shipped', 'Parcel sent'), ('ready', 'Ready for pickup'), ('account', 'Account'), ('webhook_off', 'Webhook switched off'), ('back_to_confirm', 'Back in stock, to be confirmed'), ('back_in_stock', 'Back in stock')], max_length=20, verbose_name='about'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='order',
            trigger=pgtrigger.compiler.Trigger(name='delivery_as_placed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."is_pickup" IS DISTINCT FROM (NEW."is_pickup") OR OLD."promised_from" IS DISTINCT FROM (NEW."promised_from") OR OLD."promised_to" IS DISTINCT FROM (NEW."promised_to"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='00b871f4b0163650387ba2433ce2c1fb4eaa6752', operation='UPDATE', pgid='pgtrigger_delivery_as_placed_6538f', table='orders_order', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='pricetable',
            trigger=pgtrigger.compiler.Trigger(name='pickup_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."is_pickup" IS DISTINCT FROM (NEW."is_pickup"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='773d15585150d0223f08369293cd24106eb84d7a', operation='UPDATE', pgid='pgtrigger_pickup_stays_16fe9', table='orders_pricetable', when='BEFORE')),
        ),
        AddConstraintNotValid(
            model_name='email',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['placed', 'pay_required', 'paid', 'done', 'not_confirmed', 'canceled', 'refund', 'refunded', 'late_money_returned', 'tracking', 'refund_failed', 'refunded_later', 'changed', 'change_refunded', 'request_received', 'request_expected', 'request_declined', 'refund_declined', 'pay_by_hand', 'shipped', 'ready', 'account', 'webhook_off', 'back_to_confirm', 'back_in_stock'])), name='orders_mail_kind'),
        ),
        AddConstraintNotValid(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('is_pickup', False), ('needs_parcel', True), _connector='OR'), name='orders_order_pickup_of_goods'),
        ),
        AddConstraintNotValid(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('promised_from', None), ('promised_to', None)), ('promised_to__gte', models.F('promised_from')), _connector='OR'), name='orders_order_promise'),
        ),
        migrations.AddConstraint(
            model_name='pricetable',
            constraint=models.CheckConstraint(condition=models.Q(('is_pickup', False), models.Q(('no_parcel', False), models.Q(('pickup_address', ''), _negated=True)), _connector='OR'), name='orders_pricetable_pickup_somewhere'),
        ),
        migrations.AddConstraint(
            model_name='pricetable',
            constraint=models.CheckConstraint(condition=models.Q(('pickup_fee__gte', 0)), name='orders_pricetable_pickup_fee'),
        ),
        migrations.AddField(
            model_name='readynotice',
            name='actor',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by'),
        ),
        migrations.AddField(
            model_name='readynotice',
            name='order',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='ready_notice', to='orders.order', verbose_name='order'),
        ),
        migrations.AddField(
            model_name='feedentry',
            name='ready',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='feed_entry', to='orders.readynotice'),
        ),
        AddConstraintNotValid(
            model_name='feedentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('change__isnull', False), ('edit', None), ('money', None), ('ready', None), ('shipment', None)), models.Q(('change', None), ('edit', None), ('money__isnull', False), ('ready', None), ('shipment', None)), models.Q(('change', None), ('edit__isnull', False), ('money', None), ('ready', None), ('shipment', None)), models.Q(('change', None), ('edit', None), ('money', None), ('ready', None), ('shipment__isnull', False)), models.Q(('change', None), ('edit', None), ('money', None), ('ready__isnull', False), ('shipment', None)), _connector='OR'), name='orders_feed_tells_one_thing'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='readynotice',
            trigger=pgtrigger.compiler.Trigger(name='only_added', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='3a407f9c1c2d27eeed6795c37ce387a6dcddf41f', operation='UPDATE OR DELETE', pgid='pgtrigger_only_added_d7c83', table='orders_readynotice', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='readynotice',
            trigger=pgtrigger.compiler.Trigger(name='in_the_feed', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n            INSERT INTO orders_feedentry (order_id, customer_id, ready_id)\n            SELECT o.id, o.customer_id, NEW.id FROM orders_order o WHERE o.id = NEW.order_id;\n            RETURN NULL;\n        ', hash='9beb0be058f53480cad56a59a880cacd617d0281', operation='INSERT', pgid='pgtrigger_in_the_feed_35ca3', table='orders_readynotice', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='feedentry',
            trigger=pgtrigger.compiler.Trigger(name='numbered_once', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.position IS NOT NULL OR ROW(OLD.order_id, OLD.customer_id, OLD.change_id, OLD.money_id, OLD.edit_id, OLD.shipment_id, OLD.ready_id) IS DISTINCT FROM ROW(NEW.order_id, NEW.customer_id, NEW.change_id, NEW.money_id, NEW.edit_id, NEW.shipment_id, NEW.ready_id))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='b2269062922d07d6114b9ef7c14c7691795e4846', operation='UPDATE', pgid='pgtrigger_numbered_once_1f57d', table='orders_feedentry', when='BEFORE')),
        ),
    ]
