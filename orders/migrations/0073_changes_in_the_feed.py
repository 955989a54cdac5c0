"""A change of an order is in the feed."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q

ONE_THING = models.CheckConstraint(
    condition=Q(change__isnull=False, money=None, edit=None)
    | Q(change=None, money__isnull=False, edit=None)
    | Q(change=None, money=None, edit__isnull=False),
    name="orders_feed_tells_one_thing",
)
ONCE = models.UniqueConstraint(fields=["edit"], condition=Q(edit__isnull=False), name="orders_feed_edit_once")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0072_changes_told")]
    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='feedentry',
            name='numbered_once',
        ),
        migrations.AddField(
            model_name='feedentry',
            name='edit',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.orderchange'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='feedentry',
            trigger=pgtrigger.compiler.Trigger(name='numbered_once', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.position IS NOT NULL OR ROW(OLD.order_id, OLD.customer_id, OLD.change_id, OLD.money_id, OLD.edit_id) IS DISTINCT FROM ROW(NEW.order_id, NEW.customer_id, NEW.change_id, NEW.money_id, NEW.edit_id))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='12b1814db5d535636d740aee520d80655af6a565', operation='UPDATE', pgid='pgtrigger_numbered_once_1f57d', table='orders_feedentry', when='BEFORE')),
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.AddConstraint("feedentry", ONCE)],
            database_operations=[
                migrations.RunSQL(
                    "CREATE UNIQUE INDEX CONCURRENTLY orders_feed_edit_once ON orders_feedentry (edit_id) "
                    "WHERE edit_id IS NOT NULL",
                    "DROP INDEX CONCURRENTLY IF EXISTS orders_feed_edit_once",
                )
            ],
        ),
        migrations.RemoveConstraint("feedentry", "orders_feed_tells_one_thing"),
        AddConstraintNotValid("feedentry", ONE_THING),
        ValidateConstraint("feedentry", "orders_feed_tells_one_thing"),
        pgtrigger.migrations.AddTrigger(
            model_name='orderchange',
            trigger=pgtrigger.compiler.Trigger(name='in_the_feed', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n            INSERT INTO orders_feedentry (order_id, customer_id, edit_id)\n            SELECT o.id, o.customer_id, NEW.id FROM orders_order o WHERE o.id = NEW.order_id;\n            RETURN NULL;\n        ', hash='1cb4e41f1d0b1b18e9e7d3b66893850bc944881f', operation='INSERT', pgid='pgtrigger_in_the_feed_e181e', table='orders_orderchange', when='AFTER')),
        ),
    ]
