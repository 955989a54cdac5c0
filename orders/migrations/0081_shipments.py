"""The parcels of orders. What is promised of tables that grow is looked at by the next migration."""

import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    safe_because = "of the fields only the choices change, which the database does not know"
    dependencies = [
        ('catalog', '0020_standard_tax_class'),
        ('orders', '0080_by_hand'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Shipment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sequence', models.PositiveSmallIntegerField(verbose_name='parcel')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='sent')),
                ('tracking_code', models.CharField(blank=True, default='', max_length=100, verbose_name='tracking code')),
                ('weight_g', models.PositiveBigIntegerField(null=True, verbose_name='weight (g)')),
                ('completes', models.BooleanField(default=False)),
            ],
            options={
                'verbose_name': 'parcel',
                'verbose_name_plural': 'parcels',
                'ordering': ['order_id', 'sequence'],
                'permissions': [('send_parcel', 'Can send parcels')],
            },
        ),
        migrations.CreateModel(
            name='ShipmentLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quantity', models.PositiveIntegerField(verbose_name='quantity')),
            ],
            options={
                'verbose_name': 'line of a parcel',
                'verbose_name_plural': 'lines of parcels',
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
            model_name='orderline',
            name='sent',
            field=models.IntegerField(db_default=0, default=0, editable=False, verbose_name='sent'),
        ),
        migrations.AlterField(
            model_name='email',
            name='kind',
            field=models.CharField(choices=[('placed', 'Order placed'), ('pay_required', 'Payment required'), ('paid', 'Paid'), ('done', 'Done'), ('not_confirmed', 'Not confirmed'), ('canceled', 'Canceled'), ('refund', 'Refund asked for'), ('refunded', 'Refunded'), ('late_money_returned', 'Late money returned'), ('tracking', 'Tracking code'), ('refund_failed', 'Refund failed'), ('refunded_later', 'Refunded after all'), ('refund_declined', 'Refund declined'), ('pay_by_hand', 'How to pay'), ('shipped', 'Parcel sent'), ('account', 'Account'), ('webhook_off', 'Webhook switched off'), ('back_to_confirm', 'Back in stock, to be confirmed'), ('back_in_stock', 'Back in stock')], max_length=20, verbose_name='about'),
        ),
        migrations.AlterField(
            model_name='statuschange',
            name='reason',
            field=models.CharField(blank=True, choices=[('', ''), ('placed', 'The order was placed'), ('confirmed', 'Everything in the order is available'), ('no_free_numbers', 'Sold out'), ('payment_taken', 'The payment was received'), ('all_sent', 'Everything was sent'), ('nothing_to_pay', 'There was nothing to pay'), ('customer_wish', 'Requested by the customer'), ('staff_decision', 'Decision of the shop'), ('payment_window_passed', 'Not paid in time'), ('money_returned', 'The money was returned'), ('nothing_to_return', 'There was no money to return'), ('returned_at_provider', 'The money was returned at the payment provider')], max_length=40),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='orderline',
            trigger=pgtrigger.compiler.Trigger(name='sent_in_parcels', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.sent IS DISTINCT FROM NEW.sent AND pg_trigger_depth() < 1)', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='5e538fdc012983ac5af6aecbf2c5319ec2170f0e', operation='UPDATE', pgid='pgtrigger_sent_in_parcels_dfb92', table='orders_orderline', when='BEFORE')),
        ),
        AddConstraintNotValid(
            model_name='email',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['placed', 'pay_required', 'paid', 'done', 'not_confirmed', 'canceled', 'refund', 'refunded', 'late_money_returned', 'tracking', 'refund_failed', 'refunded_later', 'refund_declined', 'pay_by_hand', 'shipped', 'account', 'webhook_off', 'back_to_confirm', 'back_in_stock'])), name='orders_mail_kind'),
        ),
        AddConstraintNotValid(
            model_name='orderline',
            constraint=models.CheckConstraint(condition=models.Q(('sent__range', (0, models.F('quantity')))), name='orders_line_sent'),
        ),
        migrations.AddField(
            model_name='shipment',
            name='actor',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by'),
        ),
        migrations.AddField(
            model_name='shipment',
            name='courier',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.courier', verbose_name='courier'),
        ),
        migrations.AddField(
            model_name='shipment',
            name='order',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='shipments', to='orders.order', verbose_name='order'),
        ),
        migrations.AddField(
            model_name='feedentry',
            name='shipment',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='feed_entry', to='orders.shipment'),
        ),
        AddConstraintNotValid(
            model_name='feedentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('change__isnull', False), ('money__isnull', True), ('shipment__isnull', True)), models.Q(('change__isnull', True), ('money__isnull', False), ('shipment__isnull', True)), models.Q(('change__isnull', True), ('money__isnull', True), ('shipment__isnull', False)), _connector='OR'), name='orders_feed_tells_one_thing'),
        ),
        migrations.AddField(
            model_name='shipmentline',
            name='line',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shipped', to='orders.orderline'),
        ),
        migrations.AddField(
            model_name='shipmentline',
            name='shipment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='orders.shipment'),
        ),
        migrations.AddConstraint(
            model_name='shipment',
            constraint=models.UniqueConstraint(fields=('order', 'sequence'), name='orders_shipment_sequence'),
        ),
        migrations.AddConstraint(
            model_name='shipment',
            constraint=models.CheckConstraint(condition=models.Q(('sequence__gt', 0)), name='orders_shipment_from_one'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='shipment',
            trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='a903a5884d58ae0d10622777e3894303b844a619', operation='DELETE', pgid='pgtrigger_never_deleted_21057', table='orders_shipment', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='shipment',
            trigger=pgtrigger.compiler.Trigger(name='as_sent', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."order_id" IS DISTINCT FROM (NEW."order_id") OR OLD."sequence" IS DISTINCT FROM (NEW."sequence") OR OLD."at" IS DISTINCT FROM (NEW."at") OR OLD."actor_id" IS DISTINCT FROM (NEW."actor_id") OR OLD."courier_id" IS DISTINCT FROM (NEW."courier_id") OR OLD."weight_g" IS DISTINCT FROM (NEW."weight_g") OR OLD."completes" IS DISTINCT FROM (NEW."completes"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='947a2aad4ef9707a0583d9a7755e4929a5f218f3', operation='UPDATE', pgid='pgtrigger_as_sent_7b05c', table='orders_shipment', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='shipment',
            trigger=pgtrigger.compiler.Trigger(name='in_the_feed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NOT NEW.completes)', func='\n            INSERT INTO orders_feedentry (order_id, customer_id, shipment_id)\n            SELECT o.id, o.customer_id, NEW.id FROM orders_order o WHERE o.id = NEW.order_id;\n            RETURN NULL;\n        ', hash='d251facd961b9c996e23d0cf65341e5bb17a1e6a', operation='INSERT', pgid='pgtrigger_in_the_feed_ed7fe', table='orders_shipment', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='shipmentline',
            constraint=models.UniqueConstraint(fields=('shipment', 'line'), name='orders_shipmentline_once'),
        ),
        migrations.AddConstraint(
            model_name='shipmentline',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='orders_shipmentline_quantity'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='shipmentline',
            trigger=pgtrigger.compiler.Trigger(name='only_added', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='71fba21929a70e7515fcd33d06cc1bc94ceaeb9b', operation='UPDATE OR DELETE', pgid='pgtrigger_only_added_f679c', table='orders_shipmentline', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='shipmentline',
            trigger=pgtrigger.compiler.Trigger(name='counted_at_line', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    UPDATE orders_orderline l SET sent = l.sent + NEW.quantity\n                    FROM orders_shipment s WHERE l.id = NEW.line_id AND s.id = NEW.shipment_id AND s.order_id = l.order_id;\n                    IF NOT FOUND THEN\n                        RAISE EXCEPTION 'the line is of another order' USING ERRCODE = 'check_violation';\n                    END IF;\n                    RETURN NULL;\n                ", hash='134a4163a8f65ea4669828c68a98cddf7b9b6a00', operation='INSERT', pgid='pgtrigger_counted_at_line_0e201', table='orders_shipmentline', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='feedentry',
            trigger=pgtrigger.compiler.Trigger(name='numbered_once', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.position IS NOT NULL OR ROW(OLD.order_id, OLD.customer_id, OLD.change_id, OLD.money_id, OLD.shipment_id) IS DISTINCT FROM ROW(NEW.order_id, NEW.customer_id, NEW.change_id, NEW.money_id, NEW.shipment_id))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='e7b9ac07a5102030fceee757656579794279c589', operation='UPDATE', pgid='pgtrigger_numbered_once_1f57d', table='orders_feedentry', when='BEFORE')),
        ),
    ]
