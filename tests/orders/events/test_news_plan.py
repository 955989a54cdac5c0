"""The feed's news are found in their order and up to their limit, without reading what they tell of as a whole."""

import pytest
from django.db import connection

from orders.events import rows
from orders.status import OrderStatus
from tests.factories import Buyer
from tests.plans import plan

pytestmark = pytest.mark.django_db
COPIES = """
INSERT INTO orders_feedentry SELECT (jsonb_populate_record(NULL::orders_feedentry, to_jsonb(f) || jsonb_build_object(
    'id', f.id + n, 'position', n))).*
FROM (SELECT * FROM orders_feedentry ORDER BY id DESC LIMIT 1) f, generate_series(1, 3000) n
"""


def test_news_are_looked_up_one_by_one_up_to_the_limit():
    Buyer().order_in(OrderStatus.PAY_REQUIRED)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(COPIES)
        cursor.execute("SET LOCAL session_replication_role = origin")
        for table in ("orders_feedentry", "orders_order", "orders_statuschange", "orders_ledgerentry"):
            cursor.execute(f"ANALYZE {table}")

    found = plan(rows.SINCE.format(limit=100), {"after": 10})

    assert "Hash" not in found, found
    assert "Sort" not in found, found
    assert "orders_feedentry_position" in found, found
