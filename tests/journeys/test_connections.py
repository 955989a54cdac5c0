"""Processes keep their connections: how many are made does not grow with the orders."""

from django.conf import settings
from django.db import connection
from redis import Redis

from orders.models import Email, Order
from orders.status import OrderStatus
from tests.factories import Buyer, make_product
from tests.journeys.client import Client, place, status_of
from tests.waiting import wait_until

# Each order is some requests and tasks, each of which made a connection of its own once.
ORDERS = 12
# The web's threads and the worker's, each with one to the database that it may open only now.
THREADS = 16


def database_connections() -> int:
    """How many were made to this database since it was made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT sessions FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]


def redis_connections() -> int:
    return Redis.from_url(settings.REDIS_URL).info("stats")["total_connections_received"]


def settled(order_ids: list[str]) -> bool:
    orders = Order.objects.filter(pk__in=order_ids)
    waiting = Email.objects.filter(order__in=order_ids, sent_at=None)
    return not orders.filter(status=OrderStatus.PENDING).exists() and not waiting.exists()


def test_orders_make_no_new_connections(shop):
    buyer, product = Buyer(), make_product(stock=100)
    client = Client(shop, buyer.user)
    first = place(client, buyer, product)
    wait_until(lambda: settled([first]), "the first order is confirmed")
    databases, redis = database_connections(), redis_connections()

    ids = [place(client, buyer, product) for _ in range(ORDERS)]
    wait_until(lambda: settled(ids), "orders are confirmed, their emails sent")

    assert database_connections() - databases <= THREADS
    assert redis_connections() - redis <= THREADS
    assert {status_of(one) for one in ids} == {OrderStatus.PAY_REQUIRED}
