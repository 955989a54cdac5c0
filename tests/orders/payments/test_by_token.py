"""A provider names a payment by its token: among many it is found without reading the others."""

import pytest
from django.db import connection

from orders.models import Payment
from orders.status import OrderStatus
from tests.factories import Buyer
from tests.plans import plan

pytestmark = pytest.mark.django_db
COPIES = """
INSERT INTO orders_payment SELECT (jsonb_populate_record(NULL::orders_payment, to_jsonb(p) || jsonb_build_object(
    'id', p.id + n, 'token', gen_random_uuid(), 'status', 'confirmed'))).*
FROM (SELECT * FROM orders_payment ORDER BY id DESC LIMIT 1) p, generate_series(1, 1000) n
"""


def test_a_payment_is_found_by_its_token_among_many():
    order = Buyer().order_in(OrderStatus.PAY_REQUIRED)
    Payment.objects.create(order=order, variant="demo", total=order.amount_due, currency=order.currency)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(COPIES)
        cursor.execute("SET LOCAL session_replication_role = origin")
        cursor.execute("ANALYZE orders_payment")

    found = plan("SELECT id FROM orders_payment WHERE token = %s ORDER BY id LIMIT 1", ["one"])

    assert "orders_payment_token" in found, found
