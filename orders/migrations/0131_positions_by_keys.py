"""The feed's next positions are given by keys, however long the feed is and whatever was known of it when this was planned."""

from django.db import migrations

# As in 0056, but for its last statement. A LIMIT that is not known when a plan is made counts as a tenth of what there is, so
# that all of a long feed was read for one entry; an array of ids counts as ten. What was planned on an empty table would read
# all of a long one, too, until its statistics are made anew: so nothing here is planned to.
GIVE = """
CREATE OR REPLACE FUNCTION orders_give_positions(most int, OUT given int) LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off AS $$
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
    UPDATE orders_feedentry f SET position = last.position + waiting.place
    FROM unnest(ARRAY(SELECT id FROM orders_feedentry WHERE position IS NULL ORDER BY id LIMIT most))
        WITH ORDINALITY AS waiting(id, place),
        (SELECT coalesce(max(position), 0) AS position FROM orders_feedentry) AS last
    WHERE f.id = waiting.id;
    GET DIAGNOSTICS given = ROW_COUNT;
END
$$
"""
# What 0056 made.
BEFORE = """
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
    dependencies = [("orders", "0145_audits_and_email_reports")]
    operations = [migrations.RunSQL(GIVE, BEFORE)]
