"""Many workers at once: each event is owed once, sent once, and a receiver that hangs keeps one thread at most."""

import threading

import pytest
from django.db import connection, transaction

from orders.events import feed
from orders.models import FeedEntry, WebhookDelivery, WebhookEndpoint
from orders.status import OrderStatus
from orders.webhooks import endpoints, senders
from orders.webhooks.endpoints import TooManyEndpoints
from tests import pauses
from tests.factories import Buyer, make_product, make_user
from tests.orders.hooks import endpoint_at, sent_once, states
from tests.parallel import at_once
from tests.stand_ins.webhook_receiver import WebhookReceiver, ok, status
from tests.waiting import wait_until, waiting_for_locks

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.flow,
    pytest.mark.usefixtures("to_receivers"),
]
S = OrderStatus


def test_events_are_owed_once_whoever_gives_the_positions(buyer):
    with WebhookReceiver() as receiver:
        endpoint = endpoint_at(receiver.url, buyer.user)
    for _order in range(3):
        buyer.order_in(S.PAY_REQUIRED)
    at_once([feed.give_positions] * 6)

    assert endpoint.deliveries.count() == FeedEntry.objects.count() == 6


def test_many_workers_send_each_event_once_and_in_order(buyer):
    workers = [senders.Senders() for _worker in range(6)]
    with WebhookReceiver() as receiver:
        endpoint = endpoint_at(receiver.url, buyer.user)
        for _order in range(3):
            buyer.order_in(S.PAID)
        feed.give_positions()
        at_once([worker.send_due for worker in workers])
        senders.send_due()

        got = receiver.events(endpoint.secret)
    assert len(got) == len({one.headers["webhook-id"] for one in receiver.received}) == 9
    for order in {event["data"]["order"] for event in got}:
        types = [event["type"] for event in got if event["data"]["order"] == order]
        assert types == ["order.placed", "order.pay_required", "order.paid"]


def test_one_delivery_is_taken_by_one_worker(buyer):
    with WebhookReceiver() as receiver:
        endpoint = endpoint_at(receiver.url, buyer.user)
        buyer.place((make_product(stock=1), 1))
        feed.give_positions()
        at_once([lambda: sent_once(endpoint)] * 6)

        assert len(receiver.received) == 1


def test_a_worker_that_is_late_does_not_note_its_failure_over_what_a_later_one_sent(buyer):
    """Its receiver answers after the lease is over, and after another worker has delivered the event."""

    def late(handler, nth):
        if nth > 1:
            return ok(handler, nth)
        pauses.pass_for(WebhookDelivery.objects.all())
        sent_once(endpoint)
        connection.close()
        return status(500)(handler, nth)

    with WebhookReceiver(answer=late) as receiver:
        endpoint = endpoint_at(receiver.url, buyer.user)
        endpoints.send_test(endpoint_id=endpoint.pk, owner=buyer.user)
        sent_once(endpoint)

    delivery = WebhookDelivery.objects.get()
    endpoint.refresh_from_db()
    assert (delivery.state, delivery.failure, delivery.attempts) == ("done", "", 2)
    assert (endpoint.failures, endpoint.rests_until) == (0, None)


def while_positions_are_given(act) -> None:
    """Do something after positions were given and before their transaction ends, or has to wait for that."""
    given, done = threading.Event(), threading.Event()

    def give() -> None:
        with transaction.atomic():
            assert feed.give_positions()
            given.set()
            wait_until(lambda: done.is_set() or waiting_for_locks(), "it is done, or waits for the feed")

    def meanwhile() -> None:
        assert given.wait(20)
        act()
        done.set()

    at_once([give, meanwhile])


def owed_all_since(endpoint: WebhookEndpoint) -> bool:
    since = FeedEntry.objects.filter(position__gt=endpoint.resume_after)
    return set(endpoint.deliveries.values_list("entry", flat=True)) == set(since.values_list("pk", flat=True))


def test_what_happens_while_an_endpoint_is_registered_is_not_missed(buyer):
    buyer.place((make_product(stock=1), 1))
    with WebhookReceiver() as receiver:
        while_positions_are_given(lambda: endpoint_at(receiver.url, buyer.user))

    assert owed_all_since(endpoints.of(buyer.user).get())


def test_what_happens_while_an_endpoint_is_switched_on_is_not_missed(buyer):
    with WebhookReceiver() as receiver:
        endpoint = endpoint_at(receiver.url, buyer.user)
    endpoints.switch_off(endpoint_id=endpoint.pk, owner=buyer.user)
    buyer.place((make_product(stock=1), 1))
    while_positions_are_given(lambda: endpoints.switch_on(endpoint_id=endpoint.pk, owner=buyer.user))

    assert endpoint.deliveries.count() == 1


def test_what_happens_while_an_endpoint_is_switched_off_is_owed_once(buyer):
    with WebhookReceiver() as receiver:
        endpoint = endpoint_at(receiver.url, buyer.user)
    buyer.place((make_product(stock=1), 1))
    while_positions_are_given(lambda: endpoints.switch_off(endpoint_id=endpoint.pk, owner=buyer.user))
    endpoints.switch_on(endpoint_id=endpoint.pk, owner=buyer.user)

    assert endpoint.deliveries.count() == 1


def test_nobody_has_more_endpoints_than_allowed(settings):
    user = make_user()
    settings.WEBHOOKS_PER_USER = 2
    with WebhookReceiver() as receiver:
        results = at_once([lambda: endpoint_at(receiver.url, user)] * 5)

    assert sum(isinstance(result, TooManyEndpoints) for result in results) == 3
    assert endpoints.of(user).count() == 2


def test_a_receiver_that_hangs_keeps_one_thread_and_no_lock(buyer):
    """Each further hint returns at once; the order and the endpoint stay free."""
    asked, done = threading.Event(), threading.Event()

    def hang(handler, _nth):
        asked.set()
        done.wait(20)
        handler.close_connection = True

    with WebhookReceiver(answer=hang) as receiver:
        endpoint = endpoint_at(receiver.url, buyer.user)
        order = buyer.place((make_product(stock=1), 1))
        feed.give_positions()

        def meanwhile() -> None:
            assert asked.wait(20)
            try:
                senders.send_due()
                from_another_customer = Buyer().order_in(S.PAY_REQUIRED)
                endpoints.change(endpoint_id=endpoint.pk, owner=buyer.user, types=["order.paid"])
                assert from_another_customer.pk != order.pk
            finally:
                done.set()

        at_once([senders.send_due, meanwhile])

    assert len(receiver.received) == 1
    assert states(endpoint) == ["waiting"]
