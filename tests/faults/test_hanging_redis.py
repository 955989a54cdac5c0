"""Redis hangs: pages and calls cost milliseconds more, not seconds, and only what needs it says that it can't."""

import signal
import time

import httpx
import pytest

from tests.factories import Buyer, make_product
from tests.journeys.client import Client
from tests.processes import Shop
from tests.waiting import SECONDS, wait_until

pytestmark = [pytest.mark.flow, pytest.mark.long]

# Each of a web process's ways to Redis is waited for once: limits and fragments 0.25 s, previews 1 s, hints in a thread.
ONCE = 0.25 + 1.0
# What the machine may take besides.
BUSY = 1.5


@pytest.fixture
def shop(own_valkey, apart, tmp_path_factory):
    """With limits, and with a Redis of its own for cache, hints and broker."""
    limits = dict.fromkeys(("API_USER_LIMIT", "API_KEY_LIMIT", "API_ADDRESS_LIMIT"), "100000")
    own = {
        "DATA_DIR": str(tmp_path_factory.mktemp("shop")),
        "REDIS_URL": own_valkey.url,
        "SIGN_IN_LIMITS": "on",
    }
    with apart("hanging") as environment, Shop(environment | own | limits) as running:
        yield running


def seconds_of(ask) -> tuple[float, httpx.Response]:
    before = time.monotonic()
    answer = ask()
    return time.monotonic() - before, answer


def test_pages_and_calls_are_quick_while_redis_hangs_and_previews_say_503(shop, own_valkey):
    buyer, product = Buyer(), make_product(stock=99)
    client = Client(shop, buyer.user)
    preview = client.preview({product.sku: 1}, buyer.address.pk)
    order = client.place(
        client.preview({product.sku: 1}, buyer.address.pk), price_table_id=buyer.table.pk
    ).json()
    body = {"items": [{"sku": product.sku, "quantity": 1}], "address_id": buyer.address.pk}
    asked = {
        "a page": lambda: httpx.get(f"{shop.url}/products/", timeout=SECONDS),
        "a call": lambda: client.get("/api/orders/"),
        "a sign-in page": lambda: httpx.get(f"{shop.url}/accounts/login/", timeout=SECONDS),
        "a change": lambda: client.post(f"/api/orders/{order['id']}/cancellation/"),
        "a preview": lambda: client.post("/api/orders/previews/", body),
        "a placing": lambda: client.place(preview, price_table_id=buyer.table.pk),
    }
    for ask in list(asked.values())[:3]:
        ask()

    own_valkey.child.process.send_signal(signal.SIGSTOP)
    first = {name: seconds_of(ask) for name, ask in asked.items()}
    later = {name: seconds_of(ask) for name, ask in asked.items()}
    own_valkey.child.process.send_signal(signal.SIGCONT)

    assert {name: answer.status_code for name, (_took, answer) in first.items()} == {
        "a page": 200,
        "a call": 200,
        "a sign-in page": 200,
        "a change": 200,
        "a preview": 503,
        "a placing": 503,
    }
    assert all(answer.headers["Retry-After"] for _took, answer in first.values() if answer.status_code == 503)
    assert max(took for took, _answer in first.values()) < ONCE + BUSY
    assert max(took for took, _answer in later.values()) < BUSY
    wait_until(lambda: client.post("/api/orders/previews/", body).status_code == 201, "previews are back")
