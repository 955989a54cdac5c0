"""One customer's bad receivers hold up nobody else's: budgets, on real sockets, with receivers that never come to an end."""

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from typing import Self

import pytest
from django.utils import timezone

from accounts.models import User
from orders.events import feed
from orders.models import Failure, WebhookDelivery, WebhookEndpoint
from orders.webhooks import deliveries, endpoints, senders
from tests.factories import make_product, make_user
from tests.orders.hooks import endpoint_at, events_sent, pauses_over, states
from tests.parallel import at_once
from tests.stand_ins.webhook_receiver import WebhookReceiver, bad_until, first, ok, status
from tests.waiting import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.flow]


class Bad:
    """Receivers that keep a sender until they are told to let go, in each way that there is."""

    def __init__(self) -> None:
        self.done = threading.Event()

    def __enter__(self) -> Self:
        self.stack = ExitStack()
        self.receivers = [
            self.stack.enter_context(WebhookReceiver(answer=way)) for way in bad_until(self.done)
        ]
        return self

    def __exit__(self, *error: object) -> None:
        self.done.set()
        self.stack.close()

    @property
    def asked(self) -> int:
        """Requests that came."""
        return sum(len(receiver.received) for receiver in self.receivers)

    def owed(self, *, owner: User | None = None, tests: int = 1) -> WebhookEndpoint:
        """An endpoint at one of them, owed a test event."""
        url = self.receivers[WebhookEndpoint.objects.count() % len(self.receivers)].url
        endpoint = endpoint_at(url, owner or make_user())
        for _test in range(tests):
            endpoints.send_test(endpoint_id=endpoint.pk, owner=endpoint.owner)
        return endpoint

    def while_kept(self, act: Callable[[senders.Senders], None]) -> None:
        """Do something while a worker sends; then they let go of it."""
        worker = senders.Senders()

        def then_let_go() -> None:
            try:
                act(worker)
            finally:
                self.done.set()

        at_once([worker.send_due, then_let_go])


@pytest.fixture
def bad(to_receivers, settings):
    settings.WEBHOOK_TIMEOUT = 60
    with Bad() as receivers:
        yield receivers


def test_fifty_receivers_that_hang_or_drip_keep_no_event_from_an_instant_one(buyer, receiver, bad):
    """Each event of the instant one arrives while each of the bad ones still keeps its first request."""
    for _endpoint in range(50):
        bad.owed()
    well, product, delays = endpoint_at(receiver.url, buyer.user), make_product(stock=20), []

    def order(worker: senders.Senders) -> None:
        wait_until(lambda: bad.asked == 50, "each bad one has its request")
        for nth in range(20):
            buyer.place((product, 1))
            began = time.monotonic()
            feed.give_positions()
            worker.send_due()
            wait_until(lambda nth=nth: len(receiver.received) == nth + 1, "the instant one gets it")
            delays.append(time.monotonic() - began)
        wait_until(lambda: states(well) == ["done"] * 20, "it is noted")
        of_bad = WebhookDelivery.objects.exclude(endpoint=well)
        assert of_bad.filter(state="waiting", attempts=1, attempted_at=None).count() == 50

    bad.while_kept(order)
    print(f"delays: at most {max(delays):.3f} s, median {sorted(delays)[10]:.3f} s")  # noqa: T201 measured, not asserted


def test_those_that_failed_use_up_only_their_share_of_the_senders(buyer, receiver, bad, monkeypatch):
    monkeypatch.setattr(senders, "MAX_REQUESTS", 5)
    monkeypatch.setattr(senders, "MAX_TO_FAILING", 4)
    for _endpoint in range(12):
        bad.owed()
    WebhookEndpoint.objects.update(failures=1)
    well, product = endpoint_at(receiver.url, buyer.user), make_product(stock=10)
    for _order in range(10):
        buyer.place((product, 1))
    feed.give_positions()

    def all_arrive(_worker: senders.Senders) -> None:
        wait_until(lambda: states(well) == ["done"] * 10, "the well one gets all")
        wait_until(lambda: bad.asked == 4, "the others use their share")
        assert WebhookDelivery.objects.filter(attempts=1, state="waiting").count() == 4

    bad.while_kept(all_arrive)


def test_an_owner_has_so_many_requests_under_way_and_an_endpoint_one(bad):
    owner = make_user()
    for _endpoint in range(5):
        bad.owed(owner=owner, tests=2)

    def look(worker: senders.Senders) -> None:
        wait_until(lambda: bad.asked == senders.MAX_PER_OWNER, "as many as one owner may have")
        other = bad.owed()
        worker.send_due()
        wait_until(lambda: other.deliveries.filter(attempts=1).exists(), "another owner has a turn")
        begun = WebhookDelivery.objects.filter(attempts=1)
        assert begun.values("endpoint").distinct().count() == begun.count() == senders.MAX_PER_OWNER + 1

    bad.while_kept(look)


# --- what counts as failing ----------------------------------------------------------------------------------------


def test_a_body_that_drips_is_cut_off_fails_and_rests(bad, settings):
    settings.WEBHOOK_TIMEOUT = 0.5
    dripping = endpoint_at(bad.receivers[2].url, make_user())
    endpoints.send_test(endpoint_id=dripping.pk, owner=dripping.owner)
    events_sent()

    delivery = dripping.deliveries.get()
    assert (delivery.state, delivery.failure, delivery.status) == ("waiting", Failure.TIMEOUT, 200)
    dripping.refresh_from_db()
    assert dripping.failures == 1
    assert dripping.rests_until > timezone.now()


def test_a_slow_answer_counts_the_event_as_delivered_and_the_endpoint_rests_longer_each_time(
    buyer, receiver, monkeypatch
):
    endpoint = endpoint_at(receiver.url, buyer.user)
    pauses, sent = [], deliveries.send
    monkeypatch.setattr(deliveries, "send", lambda request: sent(request)._replace(took=timedelta(seconds=6)))
    for _test in range(3):
        endpoints.send_test(endpoint_id=endpoint.pk, owner=buyer.user)
        events_sent()
        endpoint.refresh_from_db()
        pauses.append(endpoint.rests_until - timezone.now())
        pauses_over()

    assert states(endpoint) == ["done"] * 3
    assert pauses == sorted(pauses) and pauses[0] > timedelta(0)
    assert (endpoint.failures, endpoint.failing_since) == (3, None), "slow is not dead"


def test_a_quick_answer_ends_the_rests(buyer, receiver):
    receiver.answer = first(1, status(500), then=ok)
    endpoint = endpoint_at(receiver.url, buyer.user)
    endpoints.send_test(endpoint_id=endpoint.pk, owner=buyer.user)
    events_sent()
    pauses_over()
    events_sent()

    endpoint.refresh_from_db()
    assert (endpoint.failures, endpoint.rests_until) == (0, None)


def test_a_round_that_fails_gives_its_senders_back(buyer, receiver, monkeypatch):
    """The database goes away between two looks: what is under way is noted, and the next round begins with all senders."""
    worker, product = senders.Senders(), make_product(stock=2)
    endpoint_at(receiver.url, buyer.user)
    buyer.place((product, 1))
    feed.give_positions()
    looks = iter([deliveries.endpoints_with_work()])
    monkeypatch.setattr(deliveries, "endpoints_with_work", lambda: next(looks))
    with pytest.raises(StopIteration):
        worker.send_due()
    monkeypatch.setattr(deliveries, "endpoints_with_work", list)

    assert not worker._budget._taken
    assert WebhookDelivery.objects.get().state == "done"


# --- test events ---------------------------------------------------------------------------------------------------


def test_test_events_have_a_limit_of_their_own(buyer, receiver):
    endpoint = endpoint_at(receiver.url, buyer.user)
    for _test in range(endpoints.MAX_TESTS):
        endpoints.send_test(endpoint_id=endpoint.pk, owner=buyer.user)
    with pytest.raises(endpoints.TooManyTests):
        endpoints.send_test(endpoint_id=endpoint.pk, owner=buyer.user)
    long_ago = timezone.now() - endpoints.TESTS_COUNT_FOR
    endpoint.deliveries.update(created_at=long_ago)
    with pytest.raises(endpoints.TooManyTests):
        endpoints.send_test(endpoint_id=endpoint.pk, owner=buyer.user)
    events_sent()

    endpoints.send_test(endpoint_id=endpoint.pk, owner=buyer.user)
