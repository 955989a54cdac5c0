"""A mail server that takes every connection and then says nothing: orders go on as if it were not there."""

import socket
import threading

import pytest
from django.db import connection, transaction

from orders.emails.queue import SENDERS
from orders.models import Email
from orders.status import OrderStatus
from tests.factories import make_product
from tests.journeys.client import place, status_of
from tests.waiting import wait_until

pytestmark = pytest.mark.flow


class SilentServer:
    """Accepts and holds connections; `held` are those that somebody waits in."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.held: list[socket.socket] = []
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.listener.getsockname()[1]}"

    def _accept(self) -> None:
        try:
            while True:
                self.held.append(self.listener.accept()[0])
        except OSError:
            pass  # closed

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(10)
        for client in self.held:
            client.close()


@pytest.fixture
def silent_server(shop):
    """The shop's worker sends its emails to a server that says nothing, and would wait for it until the test is over."""
    server = SilentServer()
    worker = shop.children["worker"]
    shop.stop_one("worker")
    worker.environment = shop.environment | {"EMAIL_URL": server.url, "EMAIL_TIMEOUT": "600"}
    shop.start_one("worker")
    yield server
    server.close()
    shop.stop_one("worker")
    worker.environment = shop.environment
    shop.start_one("worker")


def old_transactions() -> int:
    """How many are open in the shop's database though nothing happens in them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND state LIKE 'idle in transaction%' AND now() - state_change > interval '1 second'"
        )
        return cursor.fetchone()[0]


def test_orders_are_confirmed_and_swept_while_the_mail_server_hangs(silent_server, client, buyer):
    product = make_product(stock=99)
    for _ in range(2 * SENDERS):
        place(client, buyer, product)
    wait_until(lambda: len(silent_server.held) == SENDERS, "every sender waits for the mail server")
    assert not old_transactions(), "none is open while the mail server takes its time"
    with transaction.atomic():
        own = Email.objects.filter(
            order__customer=buyer.user
        )  # another test may have ended a worker with an email in hand
        in_hand = own.filter(leased_until__isnull=False).select_for_update(of=("self",), nowait=True)
        # The answer to the first email takes that one along.
        assert len({email.order_id for email in in_hand}) == SENDERS, "and no row is locked"

    # More than the worker has threads: any that an email could take would be taken by now.
    hinted = [place(client, buyer, product) for _ in range(8)]
    # Its hint goes to this test's own queue, which nobody reads.
    unhinted = buyer.place((product, 1))

    for order_id in (*hinted, unhinted.pk):
        wait_until(lambda pk=order_id: status_of(pk) == OrderStatus.PAY_REQUIRED, "confirmed")
    assert len(silent_server.held) == SENDERS
    assert not Email.objects.filter(order__in=hinted, sent_at__isnull=False).exists()
