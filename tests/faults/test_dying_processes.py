"""Processes die at the worst moment; no order is lost by it."""

import pytest
from django.db import transaction
from redis import Redis

from catalog import inventory
from catalog.models import Number
from orders.models import Order
from orders.status import OrderStatus
from tests.factories import make_numbered, make_product
from tests.journeys.client import place, status_of
from tests.waiting import wait_until, waiting_for_locks

pytestmark = pytest.mark.flow


@pytest.fixture
def worker_dead(shop):
    """The shop without its worker; it has one again afterwards."""
    shop.kill("worker")
    yield shop
    if not shop.children["worker"].alive:
        shop.start_one("worker")


def test_an_order_placed_while_no_worker_lives_is_confirmed_by_the_next_one(worker_dead, client, buyer):
    order_id = place(client, buyer, make_product(stock=3))
    assert status_of(order_id) == OrderStatus.PENDING

    worker_dead.start_one("worker")

    wait_until(lambda: status_of(order_id) == OrderStatus.PAY_REQUIRED, "confirmed")


def test_an_order_whose_task_is_lost_is_confirmed_by_the_sweep(worker_dead, client, buyer):
    order_id = place(client, buyer, make_product(stock=3))
    broker = Redis.from_url(worker_dead.environment["REDIS_URL"] + "?db=3")
    broker.delete(worker_dead.environment["CELERY_QUEUE"])

    worker_dead.start_one("worker")

    wait_until(lambda: status_of(order_id) == OrderStatus.PAY_REQUIRED, "confirmed")


def test_a_worker_killed_while_it_confirms_leaves_nothing_half_done(shop, client, buyer):
    rooms = make_numbered(numbers=2)
    with transaction.atomic():
        inventory.lock([rooms.pk])
        order_id = place(client, buyer, rooms)
        wait_until(lambda: waiting_for_locks() == 1, "the worker waits for the numbers' product")
        shop.kill("worker")
    assert status_of(order_id) == OrderStatus.PENDING
    assert rooms.numbers.filter(state=Number.State.TAKEN).count() == 0

    shop.start_one("worker")

    wait_until(lambda: status_of(order_id) == OrderStatus.PAY_REQUIRED, "confirmed")
    assert rooms.numbers.filter(state=Number.State.TAKEN).count() == 1
    assert Order.objects.get(pk=order_id).history.count() == 2
