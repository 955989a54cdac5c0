"""The broker is gone, or says nothing: placing neither fails nor waits, and orders are confirmed all the same."""

import signal

import pytest
from redis import Redis

from orders.status import OrderStatus
from tests.factories import Buyer, make_product
from tests.journeys.client import Client, place, status_of
from tests.processes import Shop
from tests.waiting import wait_until

pytestmark = [pytest.mark.flow, pytest.mark.long]


# For what only the sweep may confirm, after a stall that is longer than any patience, or a message of the broker; for what
# a hint over Redis confirms; and for what the broker confirms alone, where no worker hears hints.
BY_SWEEP = {"PENDING_SWEEP_AFTER": "4", "HINTS_URL": "unix:///nowhere"}
BY_HINT = {"PENDING_SWEEP_AFTER": "600", "SWEEP_EVERY": "600"}
BY_BROKER = {"PENDING_SWEEP_AFTER": "600", "HINTS_URL": "unix:///nowhere"}


@pytest.fixture
def who_confirms() -> dict[str, str]:
    return BY_SWEEP


@pytest.fixture
def shop(who_confirms, own_valkey, apart, tmp_path_factory):
    """A shop with a broker and a database of its own, so that no other shop's sweep helps it."""
    own = {
        "DATA_DIR": str(tmp_path_factory.mktemp("shop")),
        "CELERY_BROKER_URL": f"redis+socket://{own_valkey.socket}?virtual_host=0",
        # Whoever waits for the broker waits longer than our clients do.
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "BROKER_PATIENCE": "600",
        **who_confirms,
    }
    with apart("broker") as environment, Shop(environment | own) as running:
        yield running


@pytest.fixture
def buyer(shop) -> Buyer:
    return Buyer()


@pytest.fixture
def client(shop, buyer) -> Client:
    return Client(shop, buyer.user)


def are_confirmed(*order_ids) -> bool:
    return {status_of(order_id) for order_id in order_ids} == {OrderStatus.PAY_REQUIRED}


def test_an_order_placed_while_the_broker_is_down_is_confirmed_without_it(shop, own_valkey, client, buyer):
    product = make_product(stock=9)
    own_valkey.stop()

    order_id = place(client, buyer, product)
    wait_until(lambda: are_confirmed(order_id), "confirmed")

    # A worker that never had a broker works too.
    shop.kill("worker")
    shop.children["worker"].start()
    order_id = place(client, buyer, product)
    wait_until(lambda: are_confirmed(order_id), "confirmed by the next worker")
    own_valkey.start()


def test_a_broker_that_says_nothing_keeps_nobody_waiting(own_valkey, client, buyer):
    product = make_product(stock=9)
    own_valkey.child.process.send_signal(signal.SIGSTOP)

    order_ids = [place(client, buyer, product) for _ in range(3)]
    wait_until(lambda: are_confirmed(*order_ids), "confirmed")

    own_valkey.child.process.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("who_confirms", [BY_BROKER], ids=["by broker"])
def test_where_no_worker_hears_hints_the_broker_brings_orders(client, buyer):
    order_id = place(client, buyer, make_product(stock=9))

    wait_until(lambda: are_confirmed(order_id), "confirmed")


@pytest.mark.parametrize("who_confirms", [BY_HINT], ids=["by hint"])
def test_orders_that_workers_hear_of_need_no_broker(own_valkey, client, buyer):
    """Over Redis; no sweep helps."""
    product = make_product(stock=9)
    own_valkey.child.process.send_signal(signal.SIGSTOP)

    order_ids = [place(client, buyer, product) for _ in range(3)]
    wait_until(lambda: are_confirmed(*order_ids), "confirmed")

    own_valkey.child.process.send_signal(signal.SIGCONT)


def test_a_worker_takes_tasks_after_many_stalls_of_the_broker(shop, own_valkey, client, buyer):
    """Each of them longer than any patience (a sweep has confirmed meanwhile), and while tasks are being taken and done."""
    product = make_product(stock=99)
    for _ in range(6):
        place(client, buyer, product)
        own_valkey.child.process.send_signal(signal.SIGSTOP)
        order_id = place(client, buyer, product)
        wait_until(lambda order_id=order_id: are_confirmed(order_id), "confirmed without the broker")
        own_valkey.child.process.send_signal(signal.SIGCONT)
        wait_until(lambda: not queued(own_valkey), "taken")

    before = shop.log_of("worker").count(" succeeded")
    place(client, buyer, product)
    wait_until(lambda: shop.log_of("worker").count(" succeeded") > before, "taken")
    wait_until(lambda: not queued(own_valkey), "the queue is empty")


def queued(own_valkey) -> int:
    with Redis(unix_socket_path=str(own_valkey.socket)) as redis:
        return sum(redis.llen(key) for key in redis.keys("live-*") if redis.type(key) == b"list")
