"""RabbitMQ's line breaks, again and again: a worker that lives takes tasks. With both kinds of queue that it has."""

import os
import socket
import threading
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from kombu import Connection, Queue

from orders.status import OrderStatus
from tests.factories import make_product
from tests.journeys.client import place, status_of
from tests.processes import Shop
from tests.waiting import wait_until

pytestmark = [pytest.mark.flow, pytest.mark.live]
CUTS = 10


class Line:
    """Carries everything to the broker, until it is cut; new connections are refused for a while then."""

    def __init__(self, target: tuple[str, int]) -> None:
        self.target = target
        self.ends: list[socket.socket] = []
        self.is_cut = False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, seconds: float) -> None:
        self.is_cut = True
        for end in self.ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self.ends.clear()
        time.sleep(seconds)
        self.is_cut = False

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _address = self.listener.accept()
                if self.is_cut:
                    client.close()
                    continue
                server = socket.create_connection(self.target)
                self.ends += [client, server]
                for pair in ((client, server), (server, client)):
                    threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(65536):
                sink.sendall(piece)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def line():
    found = urlsplit(os.environ["CELERY_BROKER_URL"])
    line = Line((found.hostname, found.port or 5672))
    yield line
    line.listener.close()


@pytest.fixture(params=["classic", "quorum"])
def queue(request, shop_environment):
    name = f"{shop_environment['CELERY_QUEUE']}-{request.param}"
    yield Queue(name, queue_arguments={"x-queue-type": request.param})
    with Connection(os.environ["CELERY_BROKER_URL"]) as broker:
        broker.channel().queue_delete(name)


@pytest.fixture
def shop(line, queue, apart, tmp_path_factory):
    """Its sweep looks for what has been pending for ten minutes, and its workers hear no hints.

    So the broker alone brings orders to the worker.
    """
    found = urlsplit(os.environ["CELERY_BROKER_URL"])
    own = {
        "DATA_DIR": str(tmp_path_factory.mktemp("shop")),
        "CELERY_BROKER_URL": found._replace(
            netloc=f"{found.username}:{found.password}@127.0.0.1:{line.port}"
        ).geturl(),
        "CELERY_QUEUE": queue.name,
        "CELERY_QUEUE_TYPE": queue.queue_arguments["x-queue-type"],
        "PENDING_SWEEP_AFTER": "600",
        "HINTS_URL": "unix:///nowhere",
        "MAX_UNPAID_ORDERS": "1000",
    }
    with apart("rabbitmq") as environment, Shop(environment | own) as running:
        yield running


def test_a_worker_takes_tasks_after_each_of_many_cuts_of_its_line(shop, queue, line, client, buyer):
    product = make_product(stock=999)
    for _ in range(CUTS):
        with ThreadPoolExecutor() as pool:
            placed = [pool.submit(place, client, buyer, product) for _ in range(8)]
            wait(placed, return_when=FIRST_COMPLETED)
            line.cut(seconds=2)
        assert all(one.result() for one in placed)

        def is_taken() -> bool:
            """The first messages after a cut may go with it: those of a worker and a web server that don't know yet."""
            order_id = place(client, buyer, product)
            until = time.monotonic() + 2
            while time.monotonic() < until and status_of(order_id) == OrderStatus.PENDING:
                time.sleep(0.05)
            return status_of(order_id) == OrderStatus.PAY_REQUIRED

        wait_until(is_taken, "an order is confirmed by its message")

    with Connection(os.environ["CELERY_BROKER_URL"]) as broker:
        # It is of the kind that was asked for, or the broker would refuse this.
        waiting = queue(broker.channel()).queue_declare()
    assert waiting.message_count == 0
    shop.stop_one("worker")
