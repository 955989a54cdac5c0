"""Notices of what no other row tells the feed. 0130 looks at what stands in the feed."""

import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    safe_because = "of the reason's column only the choices change, which the database does not know"

    dependencies = [
        ('orders', '0142_decimals_hold'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('request_opened', 'Request opened'), ('request_expected', 'Goods expected back'), ('request_answered', 'Request answered'), ('change_waits', 'A change waits to be paid'), ('change_dropped', 'A change is not made'), ('tracking_changed', 'Tracking code'), ('payment_changed', 'Payment changed')], max_length=20, verbose_name='kind')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='at')),
                ('about', models.JSONField(default=dict)),
            ],
            options={
                'verbose_name': 'notice',
                'verbose_name_plural': 'notices',
                'ordering': ['id'],
                'default_permissions': (),
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='feedentry',
            name='numbered_once',
        ),
        migrations.RemoveConstraint(
            model_name='feedentry',
            name='orders_feed_tells_one_thing',
        ),
        migrations.AlterField(
            model_name='statuschange',
            name='reason',
            field=models.CharField(blank=True, choices=[('', ''), ('placed', 'The order was placed'), ('confirmed', 'Everything in the order is available'), ('no_free_numbers', 'Sold out'), ('payment_taken', 'The payment was received'), ('all_sent', 'Everything was sent'), ('change_made', 'The change was made'), ('moved_on', 'The order that it was for has changed meanwhile'), ('change_ended', 'The shop ended the change that it was for'), ('nothing_to_pay', 'There was nothing to pay'), ('customer_wish', 'Requested by the customer'), ('staff_decision', 'Decision of the shop'), ('payment_window_passed', 'Not paid in time'), ('money_returned', 'The money was returned'), ('nothing_to_return', 'There was no money to return'), ('returned_at_provider', 'The money was returned at the payment provider')], max_length=40),
        ),
        migrations.AddField(
            model_name='notice',
            name='actor',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='notice',
            name='order',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.order'),
        ),
        migrations.AddField(
            model_name='feedentry',
            name='notice',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.notice'),
        ),
        AddConstraintNotValid(
            model_name='feedentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('change__isnull', False), ('edit__isnull', True), ('money__isnull', True), ('notice__isnull', True), ('ready__isnull', True), ('shipment__isnull', True)), models.Q(('change__isnull', True), ('edit__isnull', True), ('money__isnull', False), ('notice__isnull', True), ('ready__isnull', True), ('shipment__isnull', True)), models.Q(('change__isnull', True), ('edit__isnull', False), ('money__isnull', True), ('notice__isnull', True), ('ready__isnull', True), ('shipment__isnull', True)), models.Q(('change__isnull', True), ('edit__isnull', True), ('money__isnull', True), ('notice__isnull', True), ('ready__isnull', True), ('shipment__isnull', False)), models.Q(('change__isnull', True), ('edit__isnull', True), ('money__isnull', True), ('notice__isnull', True), ('ready__isnull', False), ('shipment__isnull', True)), models.Q(('change__isnull', True), ('edit__isnull', True), ('money__isnull', True), ('notice__isnull', False), ('ready__isnull', True), ('shipment__isnull', True)), _connector='OR'), name='orders_feed_tells_one_thing'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['request_opened', 'request_expected', 'request_answered', 'change_waits', 'change_dropped', 'tracking_changed', 'payment_changed'])), name='orders_notice_kind'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='notice',
            trigger=pgtrigger.compiler.Trigger(name='only_added', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='567fe56e734d1f4cd5c846ee39a5e3e76bb6ce33', operation='UPDATE OR DELETE', pgid='pgtrigger_only_added_75f25', table='orders_notice', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='notice',
            trigger=pgtrigger.compiler.Trigger(name='in_the_feed', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n            INSERT INTO orders_feedentry (order_id, customer_id, notice_id)\n            SELECT o.id, o.customer_id, NEW.id FROM orders_order o WHERE o.id = NEW.order_id;\n            RETURN NULL;\n        ', hash='2fc5bbfa71ce961d53d8a420d981414ab9a5b063', operation='INSERT', pgid='pgtrigger_in_the_feed_8d042', table='orders_notice', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='feedentry',
            trigger=pgtrigger.compiler.Trigger(name='numbered_once', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.position IS NOT NULL OR ROW(OLD.order_id, OLD.customer_id, OLD.change_id, OLD.money_id, OLD.edit_id, OLD.shipment_id, OLD.ready_id, OLD.notice_id) IS DISTINCT FROM ROW(NEW.order_id, NEW.customer_id, NEW.change_id, NEW.money_id, NEW.edit_id, NEW.shipment_id, NEW.ready_id, NEW.notice_id))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='8408e0d1c696b3fc38af0e120aea499f76471f2e', operation='UPDATE', pgid='pgtrigger_numbered_once_1f57d', table='orders_feedentry', when='BEFORE')),
        ),
    ]
