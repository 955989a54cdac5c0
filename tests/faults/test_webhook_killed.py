"""A worker is killed in the middle of sending a webhook, or waits for receivers that hang: nothing else suffers."""

import pytest

from orders.models import FeedEntry, WebhookDelivery
from orders.status import OrderStatus
from orders.webhooks import endpoints, senders
from tests.factories import make_product
from tests.faults.workers import dying_at, restart_worker
from tests.journeys.client import place, status_of
from tests.stand_ins.webhook_receiver import hanging
from tests.waiting import wait_until

pytestmark = pytest.mark.flow


@pytest.fixture
def buyer(buyer):
    """A member of staff without rights: a running shop sends to private addresses for staff alone."""
    buyer.user.is_staff = True
    buyer.user.save()
    return buyer


@pytest.mark.parametrize("point", [pytest.param("webhook taken", marks=pytest.mark.long), "webhook sent"])
def test_a_worker_killed_while_it_sends_loses_no_event(shop, client, buyer, receiver, point):
    endpoint = endpoints.register(owner=buyer.user, url=receiver.url)
    shop.stop_one("worker")
    restart_worker(shop, **dying_at(point), WEBHOOK_TIMEOUT="1")
    try:
        product = make_product(stock=2)
        orders = [place(client, buyer, product) for _order in range(2)]
        wait_until(lambda: not shop.children["worker"].alive, f"the worker died at {point!r}")
    finally:
        shop.stop_one("worker")
        restart_worker(shop)

    def all_done() -> bool:
        done = endpoint.deliveries.filter(state=WebhookDelivery.State.DONE)
        return done.count() == FeedEntry.objects.filter(customer=buyer.user).count() == 4

    wait_until(all_done, "every event arrived")
    firsts: dict[str, dict] = {}
    for one in receiver.received:
        firsts.setdefault(one.headers["webhook-id"], one.verified(endpoint.secret))
    assert len(firsts) == 4
    for order in orders:
        types = [event["type"] for event in firsts.values() if event["data"]["order"] == order]
        assert types == ["order.placed", "order.pay_required"]
    assert len(receiver.received) == 4 + (point == "webhook sent"), "what was sent and not noted comes twice"


def test_receivers_that_hang_hold_up_no_confirmation(shop, client, buyer, receiver):
    shop.stop_one("worker")
    restart_worker(shop, WEBHOOK_TIMEOUT="120")
    try:
        with hanging() as answer:
            receiver.answer = answer
            for _endpoint in range(4):
                endpoints.register(owner=buyer.user, url=receiver.url)
            product = make_product(stock=10)
            place(client, buyer, product)
            wait_until(lambda: bool(receiver.received), "a receiver hangs")
            later = [place(client, buyer, product) for _order in range(6)]
            for order_id in later:
                wait_until(
                    lambda order_id=order_id: status_of(order_id) == OrderStatus.PAY_REQUIRED, "confirmed"
                )
            assert len(receiver.received) <= senders.MAX_PER_OWNER, "they hang all the while"
    finally:
        shop.stop_one("worker")
        restart_worker(shop)
        for endpoint in endpoints.of(buyer.user):
            endpoints.remove(endpoint_id=endpoint.pk, owner=buyer.user)
