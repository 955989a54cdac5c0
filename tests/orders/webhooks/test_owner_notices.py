"""Endpoints that are dead: off after three days, with an email to the owner; switched on again, nothing was lost."""

import json
from datetime import UTC, datetime

import pytest
from django.utils import timezone, translation

from orders.events import feed, payloads
from orders.models import Email, EmailKind, WebhookEndpoint
from orders.status import OrderStatus
from orders.webhooks import endpoints, owner_notices
from tests.factories import cancel, confirm, make_product, pay
from tests.orders.hooks import endpoint_at, events_sent, failing_for, pauses_over
from tests.orders.post import delivered, make_due
from tests.stand_ins.webhook_receiver import ok, status

pytestmark = pytest.mark.django_db
S = OrderStatus


@pytest.fixture
def endpoint(buyer, receiver) -> WebhookEndpoint:
    return endpoint_at(receiver.url, buyer.user)


def dead_for(days: float, receiver, buyer) -> None:
    receiver.answer = status(503)
    buyer.order_in(S.PAY_REQUIRED)
    events_sent()
    failing_for(days)
    pauses_over()
    events_sent()


def test_an_endpoint_that_fails_for_less_than_three_days_stays_on(buyer, receiver, endpoint):
    dead_for(2.9, receiver, buyer)
    endpoint.refresh_from_db()

    assert endpoint.is_on


def test_an_endpoint_dead_for_three_days_is_off_and_its_owner_gets_one_email(buyer, receiver, endpoint):
    dead_for(3.1, receiver, buyer)
    events_sent()
    endpoint.refresh_from_db()

    assert endpoint.state == WebhookEndpoint.State.FAILED
    (message,) = [one for one in delivered() if one.subject == "A webhook was switched off"]
    assert message.to == [buyer.user.email]
    assert endpoint.url in message.body and f"/accounts/webhooks/{endpoint.pk}/" in message.body
    assert "(503)" in message.body
    notice = Email.objects.get(kind=EmailKind.WEBHOOK_OFF)
    assert (notice.user, notice.order) == (buyer.user, None)
    assert notice.sent_at and notice.text == message.body, "it holds no secret: staff may send it again"


def test_an_email_about_it_that_was_not_sent_is_sent_later(buyer, receiver, endpoint, server_away):
    dead_for(3.1, receiver, buyer)
    notice = Email.objects.get(kind=EmailKind.WEBHOOK_OFF)
    Email.objects.exclude(pk=notice.pk).update(next_attempt_at=None)
    assert delivered() == []
    server_away()
    assert delivered() == [], "it waits a while"
    make_due(notice)

    assert [one.subject for one in delivered()] == ["A webhook was switched off"]


def test_the_email_is_in_the_language_in_which_the_endpoint_was_registered(buyer, receiver):
    with translation.override("vi"):
        endpoint = endpoint_at(receiver.url, buyer.user)
    dead_for(3.1, receiver, buyer)

    notice = Email.objects.get(kind=EmailKind.WEBHOOK_OFF)
    assert (notice.language, notice.subject) == ("vi", "Một webhook đã bị tắt")
    assert endpoint.url in notice.text and "(UTC)" in notice.text


@pytest.mark.parametrize(
    ("zone", "says"),
    [
        ("UTC", "8:15 a.m. (UTC)"),
        ("Asia/Ho_Chi_Minh", "3:15 p.m. (+07)"),
        ("Europe/Berlin", "9:15 a.m. (CET)"),
    ],
)
def test_the_email_tells_the_shops_time_with_the_name_of_its_zone(endpoint, settings, zone, says):
    settings.TIME_ZONE = zone
    endpoint.failing_since = datetime(2026, 11, 28, 8, 15, tzinfo=UTC)

    owner_notices.tell_owner(endpoint)

    notice = Email.objects.get(kind=EmailKind.WEBHOOK_OFF)
    assert f"Since Nov. 28, 2026, {says} no event" in notice.text


def test_switched_on_again_it_gets_all_that_it_missed_in_order(buyer, receiver, endpoint):
    dead_for(3.1, receiver, buyer)
    order = endpoint.deliveries.first().order
    pay(order)
    buyer.place((make_product(stock=1), 1))
    events_sent()
    assert len(receiver.received) == 2, "nothing is sent while it is off"

    receiver.answer, receiver.received = ok, []
    endpoints.switch_on(endpoint_id=endpoint.pk, owner=buyer.user)
    events_sent()

    told = [payloads.event(entry) for entry in feed.read(user=buyer.user)]
    got = receiver.events(endpoint.secret)
    assert sorted(got, key=json.dumps) == sorted(told, key=json.dumps)
    of_order = [event["type"] for event in got if event["data"]["order"] == str(order.pk)]
    assert of_order == ["order.placed", "order.pay_required", "order.paid"]


def test_switching_off_and_on_repeats_nothing(buyer, receiver, endpoint):
    buyer.order_in(S.PAY_REQUIRED)
    events_sent()
    endpoints.switch_off(endpoint_id=endpoint.pk, owner=buyer.user)
    endpoints.switch_on(endpoint_id=endpoint.pk, owner=buyer.user)
    events_sent()

    assert len(receiver.received) == 2


def test_a_receiver_that_says_gone_is_not_asked_again(buyer, receiver, endpoint):
    receiver.answer = status(410)
    buyer.place((make_product(stock=1), 1))
    events_sent()
    endpoint.refresh_from_db()

    assert endpoint.state == WebhookEndpoint.State.FAILED
    assert Email.objects.filter(kind=EmailKind.WEBHOOK_OFF, user=buyer.user).exists()


def test_what_a_dead_endpoint_was_owed_is_given_up_until_it_is_switched_on(buyer, receiver, endpoint):
    dead_for(3.1, receiver, buyer)
    owed = endpoint.deliveries.filter(state="waiting")
    assert owed.count() == 2
    assert {(one.next_attempt_at, one.leased_until, one.given_up_at is None) for one in owed} == {
        (None, None, False)
    }

    endpoints.switch_on(endpoint_id=endpoint.pk, owner=buyer.user)

    assert {(one.given_up_at, one.attempts) for one in owed.all()} == {(None, 0)}
    assert all(one.next_attempt_at <= timezone.now() for one in owed.all())


def test_what_a_removed_endpoint_was_owed_needs_nobody(buyer, receiver, endpoint):
    dead_for(3.1, receiver, buyer)
    endpoints.remove(endpoint_id=endpoint.pk, owner=buyer.user)

    assert not endpoint.deliveries.filter(given_up_at__isnull=False).exists()


def test_a_removed_endpoint_gets_nothing(buyer, receiver, endpoint):
    order = buyer.place((make_product(stock=1), 1))
    feed.give_positions()
    endpoints.remove(endpoint_id=endpoint.pk, owner=buyer.user)
    cancel(confirmed(order))
    events_sent()

    assert receiver.received == []


def confirmed(order):
    confirm(order)
    return order
