"""The audit finds damage to exchanges: what paid the order that was placed for pieces of another."""

import pytest
from django.db import connection

from orders.models import Order
from orders.status import OrderStatus
from tests.factories import Buyer, make_user, shirts
from tests.orders.audited import drop_guards, exchange, run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_the_tests_transaction")]
LESS = (
    "UPDATE orders_ledgerentry SET amount = 9 WHERE kind = 'captured' AND order_id = "
    "(SELECT id FROM orders_order WHERE is_exchange)"
)
# fmt: off
DAMAGE = [
    ("link gone", "DELETE FROM orders_exchange", "order {new}: was placed in exchange, and for what is gone"),
    ("money in exchange for nothing", "DELETE FROM orders_exchange",
        "order {new}: was paid 10.00 in exchange for nothing"),
    ("placed as every other", "UPDATE orders_order SET is_exchange = false WHERE is_exchange",
        "order {old}: is in exchange for pieces, and was not placed so"),
    ("of another customer", "UPDATE orders_order SET customer_id = {other} WHERE is_exchange",
        "order {old}: was exchanged for order {new} of another customer"),
    ("of another kind", "UPDATE orders_orderchange SET kind = 'refund'",
        "order {old}: is in exchange for what was not given back"),
    ("money of another amount",
        LESS,
        "order {old}: gave 10.00 for order {new}, of which that has 9.00"),
    ("price of another amount", "UPDATE orders_order SET total_amount = 11 WHERE is_exchange",
        "order {old}: gave 10.00 for order {new}, which costs 11.00"),
]
# fmt: on


@pytest.mark.parametrize(("statement", "words"), [row[1:] for row in DAMAGE], ids=[row[0] for row in DAMAGE])
def test_damage_to_an_exchange_is_found_and_named(statement, words):
    medium, _large = shirts()
    old = Buyer().order_in(OrderStatus.PAID, (medium, 2))
    exchange(old)
    assert run() == []
    new = Order.objects.get(is_exchange=True)
    said = {"old": old.number, "new": new.number, "other": make_user().pk}

    drop_guards()
    with connection.cursor() as cursor:
        cursor.execute(statement.format(**said))

    assert words.format(**said) in run()
