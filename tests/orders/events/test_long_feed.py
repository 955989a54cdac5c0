"""In a long feed what waits for its place is found, and gets it, without a look at all that has one."""

import pytest
from django.db import connection

from orders.events import feed
from orders.models import FeedEntry
from tests.plans import plan

pytestmark = pytest.mark.django_db
MANY = 3_000
COPIES = """
INSERT INTO orders_feedentry SELECT (jsonb_populate_record(NULL::orders_feedentry, to_jsonb(f) || jsonb_build_object(
    'id', nextval(pg_get_serial_sequence('orders_feedentry', 'id')), 'position', NULL,
    'change_id', f.change_id + 10000 + n))).*
FROM (SELECT * FROM orders_feedentry ORDER BY id DESC LIMIT 1) f, generate_series(1, %s) n
"""
READ = "SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'orders_feedentry'"


def more(count: int) -> None:
    """Entries that wait, of changes that there are not."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(COPIES, [count])


def read() -> int:
    """How many rows were looked at one after the other, without an index."""
    with connection.cursor() as cursor:
        cursor.execute(READ)
        return cursor.fetchone()[0]


@pytest.fixture
def long_feed(buyer) -> None:
    """Planned while it was short, by a shop that has just caught up: half of it waited when it was looked at last."""
    buyer.order_in("pending")
    feed.give_positions()
    more(MANY)
    feed.give_positions()
    more(MANY)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE orders_feedentry")
    feed.give_positions()
    more(3)


def test_positions_are_given_by_keys_however_long_the_feed_is(long_feed):
    before, last = read(), feed.last_position()

    assert feed.give_positions() == 3

    assert read() == before
    given = FeedEntry.objects.filter(position__gt=last).order_by("id")
    assert list(given.values_list("position", flat=True)) == [last + 1, last + 2, last + 3]


def test_so_they_are_where_endpoints_are_owed_it(long_feed):
    found = plan(feed.NUMBER, [feed.BATCH_SIZE])

    assert "orders_feedentry_pkey" in found, found
    assert "Seq Scan" not in found, found
