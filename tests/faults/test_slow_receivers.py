"""How long a customer's instant receiver waits for events while fifty of others are slow, hang or drip; a report says it."""

import json
import logging
import os
import statistics
import threading
import time
from contextlib import ExitStack
from datetime import datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from orders.webhooks import endpoints
from tests.factories import Buyer, make_product
from tests.journeys.client import Client, place
from tests.processes import Shop
from tests.stand_ins.webhook_receiver import WebhookReceiver, bad_until, ok
from tests.waiting import wait_until

pytestmark = [pytest.mark.flow, pytest.mark.long]
log = logging.getLogger(__name__)

OWNERS, ENDPOINTS_EACH, ORDERS_EACH = 10, 5, 4
# Of the instant receiver's owner; each order is placed and confirmed, which are two events.
ORDERS = 50
# A second between a row and its arrival is plenty on a calm machine; 254 s was what three slow ones did once.
BOUND = 10.0
# Just inside of WEBHOOK_TIMEOUT.
SLOW_SECONDS = 9.0


@pytest.fixture
def shop(apart, tmp_path_factory):
    """With pauses as in production, and a database of its own: what is owed here is nobody else's."""
    own = {
        "DATA_DIR": str(tmp_path_factory.mktemp("shop")),
        "WEBHOOK_RETRY_AFTER": "10",
        "MAX_UNPAID_ORDERS": "1000",
    }
    with apart("receivers") as environment, Shop(environment | own) as running:
        yield running


class Instant:
    """Notes when each event came, and how old it was."""

    def __init__(self) -> None:
        self.ages: list[float] = []
        self.receiver = WebhookReceiver(answer=self._note)

    def _note(self, handler: BaseHTTPRequestHandler, nth: int) -> None:
        came = time.time()
        ok(handler, nth)
        happened = json.loads(self.receiver.received[nth - 1].body)["timestamp"]
        self.ages.append(came - datetime.fromisoformat(happened).timestamp())

    def of_some_orders(self, client: Client, buyer: Buyer) -> list[float]:
        """The ages of the events of ORDERS orders that are placed one after another."""
        product, before = make_product(stock=ORDERS), len(self.ages)
        for _ in range(ORDERS):
            place(client, buyer, product)
        wait_until(lambda: len(self.ages) == before + 2 * ORDERS, "every event has come")
        return self.ages[before:]


def staff_buyer() -> Buyer:
    """A running shop sends to private addresses for staff alone."""
    buyer = Buyer()
    buyer.user.is_staff = True
    buyer.user.save()
    return buyer


def after_a_while(done: threading.Event):
    def answer(handler: BaseHTTPRequestHandler, nth: int) -> None:
        done.wait(SLOW_SECONDS)
        ok(handler, nth)

    return answer


def owe_much(receivers: list[WebhookReceiver]) -> None:
    """Endpoints of several customers at these receivers, each with events that are due."""
    product = make_product(stock=1000)
    for owner in range(OWNERS):
        buyer = staff_buyer()
        for nth in range(ENDPOINTS_EACH):
            url = receivers[(owner + nth) % len(receivers)].url
            endpoints.register(owner=buyer.user, url=url)
        for _ in range(ORDERS_EACH):
            buyer.place((product, 1))


def cpu_seconds(shop: Shop, name: str) -> float:
    fields = Path(f"/proc/{shop.children[name].pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def p99(ages: list[float]) -> float:
    return statistics.quantiles(ages, n=100, method="inclusive")[98]


def test_an_instant_receiver_waits_for_none_of_fifty_that_are_slow_hang_or_drip(shop, to_receivers):
    buyer, done, said = staff_buyer(), threading.Event(), {}
    client, instant = Client(shop, buyer.user), Instant()
    with ExitStack() as stack:
        stack.enter_context(instant.receiver)
        stack.callback(done.set)
        ways = [after_a_while(done), *bad_until(done)]
        bad = [stack.enter_context(WebhookReceiver(answer=way)) for way in ways]
        endpoints.register(owner=buyer.user, url=instant.receiver.url)
        for name in ("calm", "beside fifty bad ones"):
            if name != "calm":
                owe_much(bad)
                wait_until(lambda: all(len(one.received) > 2 for one in bad), "all of them are asked")
            before = cpu_seconds(shop, "worker")
            said[name] = ages = instant.of_some_orders(client, buyer)
            log.warning(
                "%s: %d events, p50 %.0f ms, p99 %.0f ms, worker's CPU %.1f s, load %.1f",
                name,
                len(ages),
                1000 * statistics.median(ages),
                1000 * p99(ages),
                cpu_seconds(shop, "worker") - before,
                os.getloadavg()[0],
            )
        assert sum(len(one.received) for one in bad) >= OWNERS
    assert p99(said["beside fifty bad ones"]) < BOUND + p99(said["calm"])
