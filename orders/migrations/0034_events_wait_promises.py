"""What finds the events that wait for a name, and the ledger's rows by theirs, made while the shop goes on."""

from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q

ACTED_OR_WAITS = models.CheckConstraint(
    condition=Q(acted_at__isnull=False) | Q(next_attempt_at__isnull=False) | ~Q(waits_for=""),
    name="orders_event_acted_or_waits",
)
UNKNOWN = """
    UPDATE orders_providerevent SET acted_at = NULL, next_attempt_at = now(), remark = ''
    WHERE remark = 'no payment of ours' AND coalesce(news->>'charge', '') <> ''
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0033_events_wait")]
    operations = [
        AddIndexConcurrently(
            "providerevent",
            models.Index(
                fields=["waits_for"], name="orders_event_waits_for", condition=~Q(waits_for="")
            ),
        ),
        AddIndexConcurrently(
            "ledgerentry",
            models.Index(
                fields=["reference"],
                name="orders_ledger_reference",
                condition=Q(kind__in=["captured", "refunded"]),
            ),
        ),
        migrations.RemoveConstraint("providerevent", "orders_event_acted_or_waits"),
        AddConstraintNotValid("providerevent", ACTED_OR_WAITS),
        ValidateConstraint("providerevent", "orders_event_acted_or_waits"),
        # What was final before, though its charge may have come since, is read once more.
        migrations.RunSQL(UNKNOWN, migrations.RunSQL.noop, elidable=True),
    ]
