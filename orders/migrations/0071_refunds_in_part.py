"""A capture may go back in parts, each with an attempt of its own, and never more of it than was captured."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q

ONE_OF_ALL = models.UniqueConstraint(
    fields=["capture"],
    condition=Q(state__in=["asked", "done"]) & ~Q(cause="change"),
    name="orders_refund_one_of_all",
)
ONE_OF_CHANGE = models.UniqueConstraint(
    fields=["capture", "change"],
    condition=Q(state__in=["asked", "done"], change__isnull=False),
    name="orders_refund_one_of_change",
)
OF_CHANGE = models.CheckConstraint(
    condition=Q(cause="change", change__isnull=False) | ~Q(cause="change") & Q(change=None),
    name="orders_refund_of_change",
)


def unique(constraint: models.UniqueConstraint, columns: str, where: str) -> migrations.SeparateDatabaseAndState:
    """A unique index that is built while the shop goes on."""
    name = constraint.name
    build = f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON orders_refund ({columns}) WHERE {where}"
    return migrations.SeparateDatabaseAndState(
        state_operations=[migrations.AddConstraint("refund", constraint)],
        database_operations=[migrations.RunSQL(build, f"DROP INDEX CONCURRENTLY IF EXISTS {name}")],
    )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0070_changes")]
    operations = [
        migrations.SeparateDatabaseAndState(
            # Only a name is added to the choices: the column stays as it is.
            state_operations=[
                migrations.AlterField(
                    model_name='refund',
                    name='cause',
                    field=models.CharField(choices=[('order', 'the order was canceled'), ('change', 'a part of the order was changed'), ('late', 'the order could no longer be paid'), ('double', 'the order was paid already'), ('wrong_amount', "the amount was not the order's")], max_length=20, verbose_name='cause'),
                ),
            ]
        ),
        unique(ONE_OF_ALL, "capture_id", "state IN ('asked', 'done') AND cause <> 'change'"),
        unique(ONE_OF_CHANGE, "capture_id, change_id", "state IN ('asked', 'done') AND change_id IS NOT NULL"),
        migrations.RemoveConstraint("refund", "orders_refund_one_at_a_time"),
        AddConstraintNotValid("refund", OF_CHANGE),
        ValidateConstraint("refund", "orders_refund_of_change"),
        pgtrigger.migrations.AddTrigger(
            model_name='refund',
            trigger=pgtrigger.compiler.Trigger(name='within_the_capture', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (NEW.state IN ('asked', 'done'))", declare='DECLARE captured numeric; going numeric; done numeric; by_hand numeric;', func="\n                    SELECT amount INTO captured FROM orders_ledgerentry WHERE id = NEW.capture_id FOR NO KEY UPDATE;\n                    SELECT coalesce(sum(amount), 0), coalesce(sum(amount) FILTER (WHERE state = 'done'), 0)\n                    INTO going, done FROM orders_refund\n                    WHERE capture_id = NEW.capture_id AND state IN ('asked', 'done') AND id <> NEW.id;\n                    SELECT coalesce(sum(CASE kind WHEN 'refunded' THEN amount ELSE -amount END), 0)\n                    INTO by_hand FROM orders_ledgerentry WHERE capture_id = NEW.capture_id;\n                    IF going + NEW.amount > captured OR NEW.state = 'done' AND done + by_hand + NEW.amount > captured THEN\n                        RAISE EXCEPTION 'capture %: more would go back than was captured', NEW.capture_id\n                            USING ERRCODE = 'check_violation';\n                    END IF;\n                    RETURN NEW;\n                ", hash='2e8cef728ce22f81751888565d4d60af38471d2f', operation='INSERT OR UPDATE OF "state", "amount", "capture_id"', pgid='pgtrigger_within_the_capture_cef58', table='orders_refund', when='BEFORE')),
        ),
    ]
