"""The feed's news are read in the round trip that gives them their positions."""

from django.db import migrations

# Each statement of a function like this one sees what was committed before it, and what the one before has written: the
# second reads the positions that the first has given. They are committed before any of it is told. No position in its only
# row: an endpoint of webhooks is owed what waits, or more waits than `most`, and the caller gives positions by itself
# (orders/events/feed.py). With a `most` of 0 it only reads.
# Each entry looks up what it tells of by its key, up to the limit and in order: OFFSET 0 keeps a plan that was made while
# the tables were small from joining whole ones.
NEWS = """
CREATE OR REPLACE FUNCTION orders_news_since(after bigint, most int, up_to int) RETURNS TABLE (
    place bigint, of_customer bigint, of_order uuid, of_change bigint, of_money bigint,
    order_number bigint, order_total numeric, order_currency varchar,
    change_sequence int, change_from varchar, change_to varchar, change_at timestamptz, change_actor bigint,
    change_reason varchar,
    money_kind varchar, money_amount numeric, money_at timestamptz,
    of_edit uuid, edit_sequence int, edit_kind varchar, edit_at timestamptz, edit_actor bigint, edit_amount numeric,
    of_shipment bigint, shipment_sequence int, shipment_at timestamptz,
    of_ready bigint, ready_at timestamptz,
    of_notice bigint, notice_kind varchar, notice_at timestamptz, notice_actor bigint, notice_about jsonb
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    given int := 0;
BEGIN
    IF most > 0 THEN
        given := orders_give_positions(most);
        IF given < 0 OR given = most THEN
            RETURN NEXT;
            RETURN;
        END IF;
    END IF;
    RETURN QUERY
    SELECT f.position::bigint, f.customer_id::bigint, f.order_id, f.change_id::bigint, f.money_id::bigint,
        o.number::bigint, o.total_amount::numeric, o.currency::varchar,
        c.sequence::int, c.from_status::varchar, c.to_status::varchar, c.at, c.actor_id::bigint, c.reason::varchar,
        m.kind::varchar, m.amount::numeric, m.at,
        f.edit_id, e.sequence::int, e.kind::varchar, e.at, e.actor_id::bigint, e.amount::numeric,
        f.shipment_id::bigint, s.sequence::int, s.at,
        f.ready_id::bigint, r.at,
        f.notice_id::bigint, n.kind::varchar, n.at, n.actor_id::bigint, n.about
    FROM orders_feedentry f
    JOIN LATERAL (SELECT * FROM orders_order WHERE id = f.order_id OFFSET 0) o ON TRUE
    LEFT JOIN LATERAL (SELECT * FROM orders_statuschange WHERE id = f.change_id OFFSET 0) c ON TRUE
    LEFT JOIN LATERAL (SELECT * FROM orders_ledgerentry WHERE id = f.money_id OFFSET 0) m ON TRUE
    LEFT JOIN LATERAL (SELECT * FROM orders_orderchange WHERE id = f.edit_id OFFSET 0) e ON TRUE
    LEFT JOIN LATERAL (SELECT * FROM orders_shipment WHERE id = f.shipment_id OFFSET 0) s ON TRUE
    LEFT JOIN LATERAL (SELECT * FROM orders_readynotice WHERE id = f.ready_id OFFSET 0) r ON TRUE
    LEFT JOIN LATERAL (SELECT * FROM orders_notice WHERE id = f.notice_id OFFSET 0) n ON TRUE
    WHERE f.position > after ORDER BY f.position LIMIT up_to;
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0126_wished_exchanges")]
    operations = [
        migrations.RunSQL(NEWS, "DROP FUNCTION IF EXISTS orders_news_since(bigint, int, int)"),
    ]
