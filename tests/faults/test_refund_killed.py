"""A worker is killed at every step of a refund: exactly one refund reaches the provider, and the order ends."""

import httpx
import pytest

from orders.models import Order, Refund
from orders.payments import returning
from orders.status import OrderStatus
from tests.factories import Buyer, make_product
from tests.faults.workers import dying_at, restart_worker
from tests.journeys.client import Client, place, status_of
from tests.processes import Shop
from tests.stand_ins.stripe import StripeStandIn
from tests.waiting import wait_until

pytestmark = [pytest.mark.flow, pytest.mark.long]

POINTS = ["refund taken", "refund asked", "refund being noted", "refund noted"]


@pytest.fixture(scope="module")
def stripe():
    with StripeStandIn() as running:
        yield running


@pytest.fixture(scope="module")
def shop(stripe, apart, tmp_path_factory):
    """A shop that takes its payments through Stripe, on a database of its own."""
    own = {
        "DATA_DIR": str(tmp_path_factory.mktemp("shop")),
        **stripe.settings(),
        "PAYMENT_VARIANT": "stripe",
    }
    with apart("stripe") as environment, Shop(environment | own) as running:
        yield running


def paid_order(shop, stripe, client, buyer) -> str:
    order_id = place(client, buyer, make_product(stock=3))
    wait_until(lambda: status_of(order_id) == OrderStatus.PAY_REQUIRED, "confirmed")
    pay_page = client.step(order_id, "payment").json()["payment_url"]
    known = set(stripe.sessions)
    httpx.get(pay_page, headers={"Cookie": f"sessionid={client.token}"})
    (session_id,) = set(stripe.sessions) - known
    event = stripe.pay(session_id)
    assert stripe.deliver(event, f"{shop.url}/payments/webhooks/stripe/") == 200
    assert stripe.deliver(event, f"{shop.url}/payments/webhooks/stripe/") == 200
    wait_until(lambda: status_of(order_id) == OrderStatus.PAID, "paid")
    return order_id


@pytest.mark.parametrize("point", POINTS)
def test_a_worker_killed_during_a_refund_pays_it_out_once(shop, stripe, point):
    buyer = Buyer()
    client = Client(shop, buyer.user)
    order_id = paid_order(shop, stripe, client, buyer)
    before = len(stripe.refunds)
    shop.stop_one("worker")
    restart_worker(shop, **dying_at(point))

    client.step(order_id, "refund")
    worker = shop.children["worker"]
    wait_until(lambda: not worker.alive, f"the worker died at {point!r}")
    restart_worker(shop)

    wait_until(lambda: status_of(order_id) == OrderStatus.CANCELED, "canceled")
    assert len(stripe.refunds) - before == 1
    assert returning.balance(Order.objects.get(pk=order_id)) == 0
    assert Refund.objects.get(payment__order=order_id).state == Refund.State.DONE
