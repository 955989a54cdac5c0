"""What the first page draws is what happened, on the shop's own days."""

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders.models import Order
from orders.reports import statistics
from orders.status import OrderStatus
from tests.factories import Buyer, make_product

S = OrderStatus
pytestmark = pytest.mark.django_db


def move(order: Order, placed_at: datetime, waited: float = 0) -> None:
    """Say that an order was placed, and then confirmed, at other times."""
    Order.objects.filter(pk=order.pk).update(placed_at=placed_at)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # histories are only ever added to
        cursor.execute(
            "UPDATE orders_statuschange SET at = %s + least(sequence - 1, 1) * %s WHERE order_id = %s",
            [placed_at, timedelta(seconds=waited), order.pk],
        )
        cursor.execute("SET LOCAL session_replication_role = origin")


def days_ago(days: int) -> datetime:
    return timezone.now() - timedelta(days=days)


def test_orders_and_revenue_are_told_day_by_day(buyer):
    paid, done = buyer.order_in(S.PAID), buyer.order_in(S.DONE)
    unpaid, old = buyer.order_in(S.PAY_REQUIRED), buyer.order_in(S.PAID)
    for order in (paid, done, unpaid):
        move(order, days_ago(2))
    move(old, days_ago(31))

    days = statistics.per_day()

    assert len(days) == 30 and days[-1].day == timezone.localdate()
    assert [(day.orders, day.revenue) for day in days if day.orders] == [
        (3, paid.total_amount + done.total_amount)
    ]
    assert days[-3].orders == 3


def test_revenue_leaves_out_other_currencies(buyer, settings):
    buyer.order_in(S.PAID)
    settings.CURRENCY = "EUR"
    assert [day.revenue for day in statistics.per_day() if day.orders] == [Decimal(0)]


def test_days_begin_where_the_shop_is(buyer, settings):
    order = buyer.order_in(S.PENDING)
    yesterday = timezone.localdate() - timedelta(days=1)
    late = datetime(yesterday.year, yesterday.month, yesterday.day, 23, 30, tzinfo=ZoneInfo("UTC"))
    move(order, late)
    assert [day.day for day in statistics.per_day() if day.orders] == [yesterday]
    settings.TIME_ZONE = "Asia/Ho_Chi_Minh"
    assert [day.day for day in statistics.per_day() if day.orders] == [yesterday + timedelta(days=1)]


def test_orders_are_counted_by_status(buyer):
    for status in (S.PAID, S.PAID, S.CANCELED):
        buyer.order_in(status)
    counted = statistics.by_status()
    assert list(counted) == list(S)
    assert {status: count for status, count in counted.items() if count} == {S.PAID: 2, S.CANCELED: 1}


def test_waits_are_the_median_and_the_95th_of_a_day(buyer):
    for seconds in range(1, 5):
        move(buyer.order_in(S.PAID), days_ago(1), waited=seconds)
    move(buyer.order_in(S.PENDING), days_ago(1))

    waits = statistics.waits()

    assert (waits[-2].median, waits[-2].most) == (2.5, pytest.approx(3.85))
    assert {wait.median for wait in waits if wait != waits[-2]} == {None}


def test_best_sellers_are_pieces_of_paid_orders(buyer):
    tea, cup, ink = (make_product(stock=50) for _ in range(3))
    buyer.order_in(S.PAID, (tea, 2), (cup, 5))
    buyer.order_in(S.DONE, (tea, 1))
    buyer.order_in(S.CANCELED, (ink, 9))
    move(buyer.order_in(S.DONE, (cup, 9)), days_ago(31))
    assert [(one.product_id, one.pieces) for one in statistics.best_sellers()] == [(cup.pk, 5), (tea.pk, 3)]


@pytest.mark.parametrize(
    "figure",
    [statistics.per_day, statistics.by_status, statistics.waits, statistics.best_sellers],
    ids=lambda f: f.__name__,
)
def test_a_figure_takes_one_statement(figure):
    Buyer().order_in(S.PAID)
    with CaptureQueriesContext(connection) as queries:
        figure()
    assert len(queries) == 1


def test_an_order_has_no_smaller_id_than_the_floor_of_its_time(buyer):
    order = buyer.order_in(S.PENDING)
    assert (
        statistics._floor(order.placed_at) < order.pk < statistics._floor(order.placed_at + timedelta(days=2))
    )
