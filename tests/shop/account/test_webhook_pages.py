"""The pages of one's webhooks: everything without JavaScript, and nothing of anybody else's."""

import re

import pytest
from django.urls import reverse

from orders.models import WebhookEndpoint
from orders.webhooks import endpoints
from tests.confirmed import confirm, sign_in
from tests.factories import make_product, make_user
from tests.orders.hooks import events_sent
from tests.shop.conftest import Visitor, words
from tests.stand_ins.webhook_receiver import first, status

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer(customer, buyer) -> Visitor:
    """Has given the password a moment ago."""
    confirm(customer, buyer.user)
    return customer


@pytest.fixture
def webhook(buyer, receiver) -> WebhookEndpoint:
    return endpoints.register(owner=buyer.user, url=receiver.url)


def page_of(webhook: WebhookEndpoint) -> str:
    return reverse("webhook", args=[webhook.pk])


def test_a_webhook_is_added_and_its_secret_shown_on_one_page_once(customer, buyer, receiver):
    added = customer.post("/accounts/webhooks/", {"url": receiver.url, "types": ["order.paid", "order.done"]})
    webhook = endpoints.of(buyer.user).get()
    shown, again = customer.text(added.url), customer.text(added.url)

    assert (added.status_code, added.url) == (303, page_of(webhook))
    assert webhook.types == ["order.done", "order.paid"]
    assert webhook.secret in shown
    assert webhook.secret not in again
    assert receiver.url in customer.text("/accounts/webhooks/")


def test_a_forbidden_address_is_refused_at_its_field(customer):
    shown = words(customer.post("/accounts/webhooks/", {"url": "https://127.0.0.1/"}))

    assert "This address is not on the public internet." in shown
    assert not WebhookEndpoint.objects.exists()


def test_too_many_are_refused(customer, webhook, settings):
    settings.WEBHOOKS_PER_USER = 1

    assert "as many webhooks as you may have" in words(
        customer.post("/accounts/webhooks/", {"url": webhook.url})
    )


def test_the_log_tells_what_came_of_an_event_and_sends_it_again(customer, buyer, receiver, webhook):
    receiver.answer = first(1, status(500, "<b>broken</b>"))
    order = buyer.place((make_product(stock=1), 1))
    events_sent()
    shown = customer.text(page_of(webhook))
    assert "The server answered with an error." in shown
    assert "broken" not in shown and str(order.number) in shown
    type(buyer.user).objects.update(is_staff=True)
    assert "&lt;b&gt;broken" in customer.text(page_of(webhook)), "what it answered is for staff"
    type(buyer.user).objects.update(is_staff=False)

    (again,) = re.findall(r'action="([^"]+/again/)"', shown)
    assert customer.post(again).status_code == 303
    WebhookEndpoint.objects.update(rests_until=None)
    events_sent()
    assert "delivered" in customer.text(page_of(webhook))


def test_steps_switch_it_off_and_on_test_it_change_its_secret_and_remove_it(customer, receiver, webhook):
    step = f"{page_of(webhook)}step/"
    states = []
    for do in ("off", "on"):
        customer.post(step, {"do": do})
        webhook.refresh_from_db()
        states.append(webhook.state)
    customer.post(step, {"do": "test"})
    secret = webhook.secret
    changed = customer.post(step, {"do": "secret"})
    webhook.refresh_from_db()
    events_sent()

    assert states == ["off", "on"]
    assert webhook.secret != secret and webhook.secret in customer.text(changed.url)
    assert receiver.received[0].verified(webhook.secret)["type"] == "webhook.test"
    assert customer.post(step, {"do": "remove"}).url == "/accounts/webhooks/"
    assert customer.get(page_of(webhook)).status_code == 404


def test_other_peoples_webhooks_do_not_exist(visitor, webhook):
    sent = endpoints.send_test(endpoint_id=webhook.pk, owner=webhook.owner)
    sign_in(visitor, make_user())
    posts = [f"{page_of(webhook)}step/", reverse("webhook-redelivery", args=[webhook.pk, sent.key])]

    assert visitor.get(page_of(webhook)).status_code == 404
    assert [visitor.post(path, {"do": "remove"}).status_code for path in posts] == [404, 404]
    assert WebhookEndpoint.objects.get().is_on


def test_nobody_is_sent_to_sign_in(visitor, webhook):
    for path in ("/accounts/webhooks/", page_of(webhook)):
        assert visitor.get(path).url.startswith("/accounts/login/")


def test_without_a_verified_email_no_webhook_is_added_and_the_page_says_so(visitor, receiver):
    sign_in(visitor, make_user(verified=False))

    assert "Please confirm your email address first." in visitor.text("/accounts/webhooks/")
    shown = words(visitor.post("/accounts/webhooks/", {"url": receiver.url}))
    assert shown.count("Please confirm your email address first.") == 2
    assert not WebhookEndpoint.objects.exists()
