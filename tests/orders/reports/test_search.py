"""Orders are found by what a customer says, through indexes."""

import pytest
from django.db import connection

from catalog.models import Number
from orders.models import Order, OrderLine
from orders.models.database_functions import PhoneEnd
from orders.reports.search import find
from orders.status import OrderStatus
from tests.factories import Buyer, make_numbered

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(db) -> Order:
    room = make_numbered(numbers=1, sku="Room-7")
    buyer = Buyer(email="hoa.nguyen@example.com")
    buyer.address.phone = "+84 90 123 45 67"
    buyer.address.save()
    found = buyer.order_in(OrderStatus.PAID, (room, 1))
    Buyer().order_in(OrderStatus.PENDING)
    return found


@pytest.mark.parametrize(
    "text",
    [
        "{number}",
        "#{number}",
        " {number} ",
        "hoa.",
        "HOA.Nguyen@example.com",
        "+84901234567",
        "090 123 45 67",
        "90-123-4567",
        "room-7",
        "Room-7/001",
    ],
)
def test_an_order_is_found(order, text):
    assert find(text.format(number=order.number)) == [order.pk]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "nguyen",
        "ho",
        "@example.com",
        "%",
        "h_a.",
        "'",
        "²",
        "9" * 30,
        "9" * 5000,
        "a\0b",
        "234567",
        "Room",
        "007",
    ],
)
def test_parts_of_words_find_nothing(order, text):
    assert find(text) == []


def test_an_order_that_several_ways_lead_to_is_found_once(order):
    Order.objects.filter(pk=order.pk).update(number=901234567)
    assert find("901234567") == [order.pk]


@pytest.mark.parametrize(
    ("orders", "index"),
    [
        (OrderLine.objects.filter(sku__iexact="x").order_by("-order_id"), "orders_line_sku"),
        (Number.objects.filter(value__iexact="x"), "catalog_number_value"),
        (Order.objects.alias(end=PhoneEnd()).filter(end="901234567"), "orders_order_phone"),
        (Order.objects.filter(number=1), "orders_order_number"),
    ],
    ids=["sku", "number", "phone", "order number"],
)
def test_finding_reads_an_index(orders, index):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert index in orders.order_by().explain()
