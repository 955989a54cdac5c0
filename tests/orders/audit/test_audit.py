"""`manage.py audit`: a healthy shop adds up, and it is read in one snapshot with a fixed number of statements."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import InternalError, connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Number
from demo import fill
from orders import audit
from orders.models import Order, Refund
from orders.status import OrderStatus
from tests.orders.audit.world import linked
from tests.orders.audited import ORDERS, exchange_shirts, give_away, open_shop, refuse_for_numbers, run
from tests.parallel import at_once

S = OrderStatus


@pytest.fixture(scope="class")
def everything(world):
    """A shop with orders in every status, come to in every way."""
    with world():
        shop = open_shop(*ORDERS)
        refuse_for_numbers(shop)
        give_away(shop)
        exchange_shirts(shop)
        yield


@pytest.mark.usefixtures("everything", "in_the_tests_transaction")
class TestHealthyShop:
    def test_it_adds_up(self):
        assert {order.status for order in Order.objects.all()} == set(S)
        assert {refund.state for refund in Refund.objects.all()} == set(Refund.State)
        assert Number.objects.filter(state="retired").count() > 1
        assert run() == []

    def test_every_row_was_linked_as_it_was_inserted(self):
        assert min(linked().values()) >= 10


def test_an_empty_shop_adds_up(in_the_tests_transaction):
    assert run() == []


def test_the_summary_counts_what_there_is(in_the_tests_transaction):
    shop = open_shop("done", "returned", "late")
    each = shop.orders["done"].total_amount
    out = StringIO()
    call_command("audit", stdout=out)

    assert out.getvalue().splitlines() == [
        "Everything adds up: 3 orders, 2 products, 90 numbers.",
        f"USD: captured {3 * each}, refunded {each}, held {2 * each}.",
    ]


# --- how it reads ---------------------------------------------------------------------------------------------------


def statements() -> int:
    with CaptureQueriesContext(connection) as queries:
        assert run() == []
    return len(queries)


def test_the_number_of_statements_does_not_grow_with_orders(in_the_tests_transaction):
    shop = open_shop("paid")
    with_one = statements()
    for _ in range(5):
        shop.buyer.order_in(S.DONE, (shop.cups, 1), (shop.keys, 1))

    assert statements() == with_one


def orders_seen() -> int:
    return audit.summary().orders


@pytest.mark.django_db(transaction=True)
def test_all_checks_see_the_shop_at_one_moment_and_can_change_nothing():
    shop = open_shop("paid")
    preview = shop.buyer.preview((shop.cups, 1))
    with audit.snapshot():
        assert (orders_seen(), list(audit.findings())) == (1, [])
        at_once([lambda: shop.buyer.place_preview(preview)])
        assert (orders_seen(), list(audit.findings())) == (1, [])
    assert orders_seen() == 2

    with pytest.raises(InternalError, match="read-only"), audit.snapshot():
        shop.keys.numbers.update(state="free")


@pytest.mark.long
@pytest.mark.alone
def test_twenty_thousand_orders_take_the_same_statements(in_the_tests_transaction):
    with_few = statements()
    fill.fill(orders_wanted=20_000, products_wanted=500)

    assert statements() == with_few
