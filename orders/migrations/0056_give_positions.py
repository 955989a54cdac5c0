"""The feed's next positions are given in one round trip: the lock, and then what is committed by then."""

from django.db import migrations

# 7302001 is WRITER of orders/events/feed.py. Each statement of a function like this one sees what was committed before
# it, so the last sees what the writer before has written. Ids of one order's rows ascend, as they are inserted under the
# order's lock; so an order's events keep their order.
GIVE = """
CREATE OR REPLACE FUNCTION orders_give_positions(most int, OUT given int) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    given := 0;
    IF NOT EXISTS (SELECT FROM orders_feedentry WHERE position IS NULL) THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(7302001);
    IF EXISTS (SELECT FROM orders_webhookendpoint WHERE state = 'on') THEN
        given := -1;
        RETURN;
    END IF;
    WITH waiting AS (
        SELECT id, row_number() OVER (ORDER BY id) AS place
        FROM (SELECT id FROM orders_feedentry WHERE position IS NULL ORDER BY id LIMIT most) AS piece
    ), last AS (
        SELECT coalesce(max(position), 0) AS position FROM orders_feedentry
    )
    UPDATE orders_feedentry f SET position = last.position + waiting.place
    FROM waiting, last WHERE f.id = waiting.id;
    GET DIAGNOSTICS given = ROW_COUNT;
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [('orders', '0055_invoice_gaps')]
    operations = [
        migrations.RunSQL(GIVE, "DROP FUNCTION IF EXISTS orders_give_positions(int)"),
    ]
