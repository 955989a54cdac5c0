"""The feed tells of what customers ask for. 0128 looks at what there is."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0126_wished_exchanges'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='feedentry',
            name='numbered_once',
        ),
        migrations.RemoveConstraint(
            model_name='feedentry',
            name='orders_feed_tells_one_thing',
        ),
        migrations.AddField(
            model_name='feedentry',
            name='request',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.changerequest'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='changerequest',
            trigger=pgtrigger.compiler.Trigger(name='in_the_feed', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n            INSERT INTO orders_feedentry (order_id, customer_id, request_id)\n            SELECT o.id, o.customer_id, NEW.id FROM orders_order o WHERE o.id = NEW.order_id;\n            RETURN NULL;\n        ', hash='4afb072f91320812e4b2f38f81d7e8b8cf5db238', operation='INSERT', pgid='pgtrigger_in_the_feed_3f22c', table='orders_changerequest', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='feedentry',
            trigger=pgtrigger.compiler.Trigger(name='numbered_once', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.position IS NOT NULL OR ROW(OLD.order_id, OLD.customer_id, OLD.change_id, OLD.money_id, OLD.edit_id, OLD.shipment_id, OLD.ready_id, OLD.request_id) IS DISTINCT FROM ROW(NEW.order_id, NEW.customer_id, NEW.change_id, NEW.money_id, NEW.edit_id, NEW.shipment_id, NEW.ready_id, NEW.request_id))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='164e0de4e8c7f5194e225397d0be9038c6af262c', operation='UPDATE', pgid='pgtrigger_numbered_once_1f57d', table='orders_feedentry', when='BEFORE')),
        ),
        AddConstraintNotValid(
            model_name='feedentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('change__isnull', False), ('edit__isnull', True), ('money__isnull', True), ('ready__isnull', True), ('request__isnull', True), ('shipment__isnull', True)), models.Q(('change__isnull', True), ('edit__isnull', True), ('money__isnull', False), ('ready__isnull', True), ('request__isnull', True), ('shipment__isnull', True)), models.Q(('change__isnull', True), ('edit__isnull', False), ('money__isnull', True), ('ready__isnull', True), ('request__isnull', True), ('shipment__isnull', True)), models.Q(('change__isnull', True), ('edit__isnull', True), ('money__isnull', True), ('ready__isnull', True), ('request__isnull', True), ('shipment__isnull', False)), models.Q(('change__isnull', True), ('edit__isnull', True), ('money__isnull', True), ('ready__isnull', False), ('request__isnull', True), ('shipment__isnull', True)), models.Q(('change__isnull', True), ('edit__isnull', True), ('money__isnull', True), ('ready__isnull', True), ('request__isnull', False), ('shipment__isnull', True)), _connector='OR'), name='orders_feed_tells_one_thing'),
        ),
    ]
