"""Webhooks over real sockets: signed, repeated until they arrive, each order's in order, and off when nobody answers."""

import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler

import pytest
from django.utils import timezone
from standardwebhooks import WebhookVerificationError

from orders.events import feed, payloads
from orders.models import Failure, WebhookDelivery, WebhookEndpoint
from orders.status import OrderStatus
from orders.webhooks import endpoints, senders
from tests.factories import Buyer, confirm, make_product, make_staff, make_user, pay, staff_of
from tests.orders.hooks import endpoint_at, events_sent, pauses_over, states
from tests.stand_ins.webhook_receiver import WebhookReceiver, drop, first, hanging, ok, status

pytestmark = pytest.mark.django_db
S = OrderStatus


@pytest.fixture(autouse=True)
def _to_receivers(to_receivers, settings):
    settings.WEBHOOK_TIMEOUT = 10


@pytest.fixture
def receiver():
    with WebhookReceiver() as running:
        yield running


@pytest.fixture
def endpoint(buyer, receiver) -> WebhookEndpoint:
    return endpoint_at(receiver.url, buyer.user)


def last(endpoint: WebhookEndpoint) -> WebhookDelivery:
    """The delivery that was attempted last."""
    return endpoint.deliveries.filter(attempts__gt=0).order_by("-attempted_at").first()


# --- what arrives --------------------------------------------------------------------------------------------------


def test_a_receiver_gets_the_events_of_the_feed_signed(buyer, receiver, endpoint):
    buyer.order_in(S.PAID)
    events_sent()

    told = [payloads.event(entry) for entry in feed.read(user=buyer.user)]
    assert receiver.events(endpoint.secret) == told
    assert [event["type"] for event in told] == ["order.placed", "order.pay_required", "order.paid"]
    assert receiver.received[0].headers["Content-Type"] == "application/json"


def test_a_body_that_was_altered_or_a_foreign_secret_is_refused(buyer, receiver, endpoint):
    buyer.place((make_product(stock=1), 1))
    events_sent()
    (received,) = receiver.received

    with pytest.raises(WebhookVerificationError):
        received.verified(endpoints.new_secret())
    received.body = received.body.replace("12.50", "0.01").replace("placed", "paid")
    with pytest.raises(WebhookVerificationError):
        received.verified(endpoint.secret)


def test_what_arrived_is_not_sent_again(buyer, receiver, endpoint):
    buyer.order_in(S.PAY_REQUIRED)
    events_sent()
    pauses_over()
    events_sent()

    assert len(receiver.received) == 2
    assert states(endpoint) == ["done", "done"]


def test_customers_get_their_own_events_staff_with_the_right_all(buyer, receiver):
    other = Buyer()
    owners = {"customer": buyer.user, "owner": make_staff(), "unable": staff_of("catalog")}
    hooks = {name: endpoint_at(receiver.url, owner) for name, owner in owners.items()}
    for one in (buyer, other):
        one.place((make_product(stock=1), 1))
    events_sent()

    got = {
        name: set(hook.deliveries.values_list("order__customer", flat=True)) for name, hook in hooks.items()
    }
    assert got == {"customer": {buyer.user.pk}, "owner": {buyer.user.pk, other.user.pk}, "unable": set()}


def test_what_the_owner_may_no_longer_see_is_withheld(buyer, receiver):
    support = staff_of("support")
    endpoint = endpoint_at(receiver.url, support)
    buyer.place((make_product(stock=1), 1))
    feed.give_positions()
    support.groups.clear()
    senders.send_due()

    assert receiver.received == []
    assert states(endpoint) == ["withheld"]


def test_an_endpoint_gets_the_types_it_asked_for(buyer, receiver):
    endpoint = endpoint_at(receiver.url, buyer.user, types=["order.paid"])
    buyer.order_in(S.PAID)
    events_sent()

    assert [event["type"] for event in receiver.events(endpoint.secret)] == ["order.paid"]


def test_after_a_change_of_secrets_both_sign_for_a_day(buyer, receiver, endpoint):
    new = endpoints.rotate_secret(endpoint_id=endpoint.pk, owner=buyer.user).secret
    product = make_product(stock=2)
    buyer.place((product, 1))
    events_sent()
    WebhookEndpoint.objects.update(old_secret_until=timezone.now() - timedelta(seconds=1))
    buyer.place((product, 1))
    events_sent()
    during, after = receiver.received

    assert during.verified(new) == during.verified(endpoint.secret)
    assert after.verified(new)
    with pytest.raises(WebhookVerificationError):
        after.verified(endpoint.secret)


# --- what goes wrong -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "failure"),
    [
        (status(500, "out of order"), Failure.STATUS),
        (status(404), Failure.STATUS),
        (drop, Failure.BROKEN),
        (status(302, Location="https://example.com/"), Failure.REDIRECT),
    ],
)
def test_what_failed_is_sent_again_under_its_id_and_the_order_stays_in_order(
    buyer, receiver, endpoint, wrong, failure
):
    receiver.answer = first(2, wrong)
    order = buyer.order_in(S.PAY_REQUIRED)
    events_sent()
    assert last(endpoint).failure == failure
    pay(order)
    for _round in range(3):
        pauses_over()
        events_sent()

    types = [event["type"] for event in receiver.events(endpoint.secret)]
    assert types == ["order.placed"] * 3 + ["order.pay_required", "order.paid"]
    assert len({one.headers["webhook-id"] for one in receiver.received[:3]}) == 1
    assert len({one.body for one in receiver.received[:3]}) == 1
    endpoint.refresh_from_db()
    assert (endpoint.failures, endpoint.failing_since) == (0, None)


def test_nothing_is_sent_before_the_pause_is_over(buyer, receiver, endpoint):
    receiver.answer = status(500)
    buyer.order_in(S.PAY_REQUIRED)
    events_sent()
    events_sent()

    assert len(receiver.received) == 1
    assert last(endpoint).next_attempt_at > timezone.now()


def test_an_order_that_waits_does_not_hold_up_others(buyer, receiver, endpoint):
    stuck, other = buyer.place((make_product(stock=1), 1)), buyer.place((make_product(stock=1), 1))
    confirm(stuck)

    def answer(handler, _nth):
        stands_still = str(stuck.pk) in receiver.received[-1].body
        (status(500) if stands_still else ok)(handler, _nth)

    receiver.answer = answer
    events_sent()
    WebhookEndpoint.objects.update(rests_until=None)
    events_sent()

    done = endpoint.deliveries.filter(state="done")
    assert [delivery.order for delivery in done] == [other]
    sent = [(event["data"]["order"], event["type"]) for event in receiver.events(endpoint.secret)]
    assert (str(stuck.pk), "order.pay_required") not in sent


def test_a_receiver_that_lets_its_answer_drip_is_cut_off_in_time(buyer, receiver, endpoint, settings):
    settings.WEBHOOK_TIMEOUT = 0.5
    buyer.place((make_product(stock=1), 1))
    with hanging() as answer:
        receiver.answer = answer
        began = time.monotonic()
        events_sent()
        took = time.monotonic() - began

    assert took < 5
    assert last(endpoint).failure == Failure.TIMEOUT


def test_of_a_long_answer_only_the_beginning_is_kept(buyer, receiver, endpoint):
    receiver.answer = status(200, "thanks " * 100_000)
    buyer.place((make_product(stock=1), 1))
    events_sent()

    assert len(last(endpoint).answer) == 500
    assert last(endpoint).state == "done"


def in_pieces(handler: BaseHTTPRequestHandler, _nth: int) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    handler.close_connection = True


def in_chunks(handler: BaseHTTPRequestHandler, _nth: int) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf")
    handler.close_connection = True


@pytest.mark.parametrize("breaks_off", [in_pieces, in_chunks])
def test_an_event_whose_receiver_breaks_off_its_answer_is_sent_again(buyer, receiver, endpoint, breaks_off):
    receiver.answer = breaks_off
    buyer.place((make_product(stock=1), 1))
    events_sent()

    assert (last(endpoint).state, last(endpoint).failure) == ("waiting", Failure.BROKEN)


def test_a_dead_endpoint_does_not_keep_events_from_others(buyer, receiver):
    product = make_product(stock=20)
    with WebhookReceiver(answer=status(500)) as dead:
        endpoint_at(dead.url, buyer.user)
        well = endpoint_at(receiver.url, buyer.user)
        for _order in range(12):
            buyer.place((product, 1))
        events_sent()

    assert len(dead.received) == 1, "after a failure it rests"
    assert states(well) == ["done"] * 12


# --- by hand -------------------------------------------------------------------------------------------------------


def test_an_event_is_sent_once_more_by_hand_under_its_id(buyer, receiver, endpoint):
    buyer.place((make_product(stock=1), 1))
    events_sent()
    endpoints.redeliver(endpoint_id=endpoint.pk, key=last(endpoint).key, owner=buyer.user)
    events_sent()

    before, again = receiver.received
    assert before.headers["webhook-id"] == again.headers["webhook-id"]
    assert before.body == again.body


def test_a_test_event_tells_of_nothing(buyer, receiver, endpoint):
    endpoints.send_test(endpoint_id=endpoint.pk, owner=buyer.user)
    events_sent()

    (event,) = receiver.events(endpoint.secret)
    assert (event["type"], event["data"]) == ("webhook.test", {})


def test_somebody_elses_endpoint_is_none(endpoint):
    other = make_user()
    for call in (
        endpoints.switch_off,
        endpoints.switch_on,
        endpoints.remove,
        endpoints.rotate_secret,
        endpoints.send_test,
    ):
        with pytest.raises(endpoints.EndpointNotFound):
            call(endpoint_id=endpoint.pk, owner=other)


def test_an_event_that_cannot_be_told_does_not_keep_the_round_from_others(
    buyer, receiver, endpoint, monkeypatch
):
    told, product = payloads.event, make_product(stock=2)
    broken, well = (buyer.place((product, 1)) for _order in range(2))

    def event(entry):
        if entry.order_id == broken.pk:
            raise RuntimeError("a mistake of ours")
        return told(entry)

    monkeypatch.setattr(payloads, "event", event)
    events_sent()

    assert [one["data"]["order"] for one in receiver.events(endpoint.secret)] == [str(well.pk)]
