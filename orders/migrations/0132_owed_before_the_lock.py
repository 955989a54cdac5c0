"""Whoever finds an endpoint of webhooks waits for the feed's lock once, to owe it what waits: not before that, in vain."""

from django.db import migrations

ENDPOINTS = """
    IF EXISTS (SELECT FROM orders_webhookendpoint WHERE state = 'on') THEN
        given := -1;
        RETURN;
    END IF;"""
# As in 0131, but for the look before the lock. The one after it finds an endpoint that came meanwhile.
GIVE = """
CREATE OR REPLACE FUNCTION orders_give_positions(most int, OUT given int) LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off AS $$
BEGIN
    given := 0;
    IF NOT EXISTS (SELECT FROM orders_feedentry WHERE position IS NULL) THEN
        RETURN;
    END IF;%(before)s
    PERFORM pg_advisory_xact_lock(7302001);%(after)s
    UPDATE orders_feedentry f SET position = last.position + waiting.place
    FROM unnest(ARRAY(SELECT id FROM orders_feedentry WHERE position IS NULL ORDER BY id LIMIT most))
        WITH ORDINALITY AS waiting(id, place),
        (SELECT coalesce(max(position), 0) AS position FROM orders_feedentry) AS last
    WHERE f.id = waiting.id;
    GET DIAGNOSTICS given = ROW_COUNT;
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0131_positions_by_keys")]
    operations = [
        migrations.RunSQL(
            GIVE % {"before": ENDPOINTS, "after": ENDPOINTS}, GIVE % {"before": "", "after": ENDPOINTS}
        )
    ]
