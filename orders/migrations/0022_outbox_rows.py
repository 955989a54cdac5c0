"""What is over has no next attempt any more, and what was given up says so. In pieces, so that no row is locked for long."""

from django.db import migrations

AT_ONCE = 10_000
# Table, what is written, and into which rows.
CHANGES = (
    ("orders_refund", "next_attempt_at = NULL", "next_attempt_at IS NOT NULL AND state <> 'asked'"),
    ("orders_providerevent", "next_attempt_at = NULL", "next_attempt_at IS NOT NULL AND acted_at IS NOT NULL"),
    # Without a recipient it was not given up: its customer has left.
    (
        "orders_mail",
        "given_up_at = now()",
        "given_up_at IS NULL AND sent_at IS NULL AND next_attempt_at IS NULL AND \"to\" <> ''",
    ),
    (
        "orders_webhookdelivery",
        "given_up_at = now(), next_attempt_at = NULL",
        "state = 'waiting' AND endpoint_id IN (SELECT id FROM orders_webhookendpoint WHERE state = 'failed')",
    ),
)


def change(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        for table, written, chosen in CHANGES:
            cursor.execute(f"SELECT coalesce(max(id), 0) FROM {table}")
            for first in range(0, cursor.fetchone()[0] + 1, AT_ONCE):
                cursor.execute(
                    f"UPDATE {table} SET {written} WHERE id BETWEEN %s AND %s AND {chosen}",
                    [first, first + AT_ONCE - 1],
                )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0021_outbox")]
    operations = [migrations.RunPython(change, migrations.RunPython.noop, elidable=True)]
