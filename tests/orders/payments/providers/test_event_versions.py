"""Events of another version of Stripe's API are kept, and understood as far as they go; staff see the version."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone
from stripe import WebhookSignature

from orders import tasks
from orders.models import ProviderEvent
from orders.payments.providers.registry import provider_named
from orders.payments.providers.stripe import endpoint as stripe_endpoint
from orders.payments.providers.stripe.endpoint import API_VERSION, NEEDED, is_ours
from orders.reports import attention
from orders.status import OrderStatus
from tests.orders.payments.providers.stripe_steps import address_of
from tests.stand_ins import stripe as stand_ins

pytestmark = pytest.mark.django_db

S = OrderStatus
OLD = "2024-06-20"


def deliver(stand_in, client, event: dict) -> None:
    body, headers = stand_in.signed(event)
    kind = headers.pop("Content-Type")
    answer = client.post(reverse("payment-webhook", args=["stripe"]), body, kind, headers=headers)
    assert answer.status_code == 200
    tasks.sweep()


@pytest.fixture
def captured(stand_in, payment) -> dict:
    """What Stripe tells when the customer has paid."""
    address_of(payment)
    return stand_in.pay(payment.transaction_id)


def test_the_stand_in_speaks_the_version_that_the_shop_is_written_for():
    assert stand_ins.API_VERSION == API_VERSION


@pytest.mark.parametrize(
    ("version", "ours"),
    [
        (API_VERSION, True),
        ("2027-01-27." + API_VERSION.partition(".")[2], True),
        ("2026-10-28.acacia", False),
        ("2026-10-28.preview", False),
        (OLD, False),
        ("", False),
    ],
)
def test_a_version_of_our_release_is_ours(version, ours):
    assert is_ours(version) is ours


def test_a_capture_told_in_another_version_is_understood_and_staff_see_the_version(
    client, stand_in, order, captured, staff
):
    deliver(stand_in, client, captured | {"api_version": OLD})

    order.refresh_from_db()
    assert order.status == S.PAID
    event = ProviderEvent.objects.get()
    assert (event.api_version, event.acted_at is not None) == (OLD, True)
    assert list(attention.other_versions()) == [event]
    client.force_login(staff)
    matter = "orders/providerevent/?needs=version"
    assert matter in client.get("/admin/").text
    assert OLD in client.get(f"/admin/{matter}").text


def test_one_in_the_right_version_later_on_puts_it_right(client, stand_in, captured):
    deliver(stand_in, client, stand_in.event("customer.created", {"id": "cus_1"}) | {"api_version": OLD})
    ProviderEvent.objects.update(received_at=timezone.now() - timedelta(minutes=1))
    assert attention.other_versions().count() == 1

    deliver(stand_in, client, captured)

    assert not attention.other_versions().exists()
    assert ProviderEvent.objects.latest("pk").api_version == ""


@pytest.mark.parametrize(
    ("version", "kept"),
    [
        (OLD, OLD),
        ("x" * 300, "x" * 50),
        ("a\0b", ""),
        ("\ud800", ""),
        (None, ""),
        (7, ""),
        ([], ""),
        (API_VERSION, ""),
    ],
)
def test_a_version_of_any_shape_is_kept_or_passed_over(client, stand_in, version, kept):
    event = {
        "id": "evt_1",
        "object": "event",
        "type": "customer.created",
        "api_version": version,
        "data": None,
    }
    body = json.dumps(event)
    header = WebhookSignature.generate_signature_header(body, stand_in.webhook_secret)

    url = reverse("payment-webhook", args=["stripe"])
    answer = client.post(url, body, "application/json", headers={"Stripe-Signature": header})

    assert answer.status_code == 200
    tasks.sweep()
    event = ProviderEvent.objects.get()
    assert (event.api_version, event.acted_at is not None) == (kept, True)


@pytest.mark.parametrize("body", [b"", b"[]", b"7", b"null", b"{", b"\xff"])
def test_a_body_that_is_no_event_has_no_version(body):
    assert stripe_endpoint.other_version(body) == ""


# --- the endpoint at Stripe ------------------------------------------------------------------------------------------

URL = "https://shop.example/payments/webhooks/stripe/"


def complaints(stand_in) -> list[str]:
    return provider_named("stripe").complaints_about_webhook(URL)


def test_an_endpoint_as_it_should_be_is_not_complained_of(stand_in):
    stand_in.add_endpoint("https://shop.example/another/")
    stand_in.add_endpoint(URL)
    stand_in.add_endpoint(URL.rstrip("/"), enabled_events=list(NEEDED))
    stand_in.controls.page_size = 1
    assert complaints(stand_in) == []


def test_each_thing_that_is_wrong_with_the_endpoint_is_said(stand_in):
    stand_in.endpoints = []
    assert complaints(stand_in) == [f"no endpoint that is switched on sends to {URL}"]
    stand_in.add_endpoint(URL, status="disabled", api_version=OLD)
    assert complaints(stand_in) == [f"no endpoint that is switched on sends to {URL}"]
    old = stand_in.add_endpoint(URL, api_version=OLD)
    nameless = stand_in.add_endpoint(URL, api_version=None, enabled_events=NEEDED[1:])
    first, second, third = complaints(stand_in)
    assert first.startswith(
        f"endpoint {old['id']} has the version {OLD}; the shop is written for {API_VERSION}"
    )
    assert second.startswith(f"endpoint {nameless['id']} has the account's version")
    assert third == f"endpoint {nameless['id']} does not tell of {NEEDED[0]}"


def say() -> tuple[str, str]:
    out = StringIO()
    try:
        call_command("reconcile", stdout=out)
    except CommandError as error:
        return out.getvalue(), str(error)
    return out.getvalue(), ""


def test_reconcile_says_what_is_wrong_with_the_endpoint(stand_in):
    stand_in.add_endpoint(URL, api_version=OLD)
    said, refusal = say()
    assert f"has the version {OLD}" in said
    assert refusal == "1 things are wrong with webhooks; 0 amounts do not match."
    stand_in.endpoints = []
    stand_in.add_endpoint(URL)
    assert say()[1] == ""


def test_a_key_that_may_not_read_endpoints_is_said_and_is_no_failure(stand_in):
    said, refusal = say()
    assert "stripe: the key may not read the account's webhook endpoints" in said and refusal == ""
