"""Placing counts what its customer has not paid yet: of many orders without reading the others."""

import pytest
from django.db import connection

from orders.checkout.placement.statements import LOOK
from orders.status import OrderStatus
from tests.factories import Buyer
from tests.plans import plan

pytestmark = pytest.mark.django_db
COPIES = """
INSERT INTO orders_order SELECT (jsonb_populate_record(NULL::orders_order, to_jsonb(o) || jsonb_build_object(
    'id', gen_random_uuid(), 'number', o.number + n, 'status', 'paid'))).*
FROM (SELECT * FROM orders_order ORDER BY number DESC LIMIT 1) o, generate_series(1, 1000) n
"""


def test_unpaid_orders_are_counted_without_reading_those_that_are_paid():
    order = Buyer().order_in(OrderStatus.PAY_REQUIRED)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(COPIES)
        cursor.execute("SET LOCAL session_replication_role = origin")
        cursor.execute("ANALYZE orders_order")
    wanted = {"customer": order.customer_id, "products": [0]}

    found = plan(LOOK, wanted)

    assert "orders_order_unpaid_of" in found, found
    with connection.cursor() as cursor:
        cursor.execute(LOOK, wanted)
        assert [row[0] for row in cursor.fetchall()] == [1]
