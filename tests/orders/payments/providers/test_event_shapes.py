"""Well-signed events of any shape are kept and answered with 200: a provider would send a refused one for days."""

import json
from copy import deepcopy

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stripe import WebhookSignature

from orders import tasks
from orders.models import ProviderEvent
from orders.payments import keeping
from orders.payments.providers.base import NotificationKind
from orders.payments.providers.registry import provider_named
from tests.stand_ins.stripe import StripeStandIn

pytestmark = pytest.mark.django_db

# What an application beside the shop may write where we write our token.
OF_OTHERS = {"token": "7", "order": "A-1"}
ID = "evt_1"
ANYWHERE = {
    "a list": [{"id": ID}],
    "a text": "evt_1",
    "a number": 7,
    "nothing": None,
    "an empty object": {},
    "no id": {"type": "customer.created", "event_type": "CUSTOMER.CREATED"},
    "an id that is no text": {"id": 7, "type": "customer.created"},
    "an id that is too long": {"id": "e" * 300, "type": "customer.created"},
    "an id with a NUL": {"id": "evt\0", "type": "customer.created"},
    "no type": {"id": ID, "data": {"object": {}}, "resource": {}},
    "a type that is no text": {"id": ID, "type": [], "event_type": []},
}


def of_stripe(kind: str, data: object, **more: object) -> dict:
    return {"id": ID, "object": "event", "type": kind, "data": data} | more


STRIPE = {
    "thin": {"id": ID, "object": "v2.core.event", "type": "v2.core.account.updated", "related_object": None},
    "data that is null": of_stripe("checkout.session.completed", None),
    "an object that is null": of_stripe("refund.updated", {"object": None}),
    "metadata of another shape": of_stripe("refund.updated", {"object": {"metadata": ["token"]}}),
    "another application's subscription": of_stripe(
        "checkout.session.completed",
        {
            "object": {
                "id": "cs_1",
                "mode": "subscription",
                "metadata": OF_OTHERS,
                "payment_status": "paid",
                "amount_total": None,
                "currency": None,
                "payment_intent": None,
            }
        },
    ),
    "a text with a NUL": of_stripe("customer.created", {"object": {"metadata": {"token": "\0"}}}),
    "half of a character": of_stripe("customer.created", {"object": {"metadata": {"token": "\ud800"}}}),
}


def of_paypal(kind: str, resource: object) -> dict:
    return {"id": ID, "event_type": kind, "resource": resource}


PAYPAL = {
    "a resource that is null": of_paypal("PAYMENT.CAPTURE.COMPLETED", None),
    "a resource that is a list": of_paypal("PAYMENT.CAPTURE.REFUNDED", []),
    "links that are null": of_paypal("PAYMENT.CAPTURE.REFUNDED", {"links": None}),
    "an amount that is no number": of_paypal(
        "PAYMENT.CAPTURE.COMPLETED",
        {"id": "C", "custom_id": "7", "amount": {"value": "much", "currency_code": "USD"}},
    ),
}


def signed(event: object) -> tuple[bytes, dict[str, str]]:
    """As Stripe signs, in ASCII: JSON can spell what UTF-8 can't."""
    text = json.dumps(event)
    header = WebhookSignature.generate_signature_header(text, StripeStandIn.webhook_secret)
    return text.encode(), {"Stripe-Signature": header}


def check_kept(client, provider: str, body: bytes, headers: dict[str, str]) -> None:
    url = reverse("payment-webhook", args=[provider])
    for _ in range(2):
        assert client.post(url, body, "application/json", headers=headers).status_code == 200
    tasks.sweep()
    kept = ProviderEvent.objects.get()
    assert kept.notification["kind"] == NotificationKind.OTHER
    assert (kept.body, kept.remark) == (body.decode(), "nothing to do")
    assert kept.acted_at


@pytest.mark.parametrize("shape", ANYWHERE | STRIPE)
def test_an_event_of_stripe_of_another_shape_is_kept_once(client, stand_in, shape):
    check_kept(client, "stripe", *signed((ANYWHERE | STRIPE)[shape]))


@pytest.mark.parametrize("shape", ANYWHERE | PAYPAL)
def test_an_event_of_paypal_of_another_shape_is_kept_once(client, paypal, shape):
    check_kept(client, "paypal", *paypal.signed((ANYWHERE | PAYPAL)[shape]))


def test_an_event_of_another_application_that_looks_like_ours_is_kept_with_a_remark(client, stand_in):
    session = {
        "id": "cs_1",
        "metadata": OF_OTHERS,
        "payment_status": "paid",
        "amount_total": 1000,
        "currency": "usd",
        "payment_intent": "pi_1",
    }
    body, headers = signed(of_stripe("checkout.session.completed", {"object": session}))
    url = reverse("payment-webhook", args=["stripe"])
    assert client.post(url, body, "application/json", headers=headers).status_code == 200
    tasks.sweep()
    assert ProviderEvent.objects.get().remark == "no payment of ours"


LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
)
WHOLE = {
    "id": ID,
    "type": "checkout.session.completed",
    "data": {
        "object": {
            "id": "cs_1",
            "metadata": {"token": "7", "key": "7-refund-1"},
            "payment_status": "paid",
            "status": "succeeded",
            "amount": 1000,
            "amount_total": 1000,
            "currency": "usd",
            "payment_intent": "pi_1",
        }
    },
}
PLACES = [("id",), ("type",), ("data",), ("data", "object")]
PLACES += [("data", "object", name) for name in WHOLE["data"]["object"]]
PLACES += [("data", "object", "metadata", name) for name in ("token", "key")]


@given(place=st.sampled_from(PLACES), value=VALUES, kind=st.sampled_from([WHOLE["type"], "refund.updated"]))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_at_any_place_of_an_event_it_is_kept(stand_in, place, value, kind):
    event = deepcopy(WHOLE) | {"type": kind}
    *outer, last = place
    inside = event
    for name in outer:
        inside = inside[name]
    inside[last] = value
    ProviderEvent.objects.all().delete()

    keeping.keep(variant="stripe", notification=provider_named("stripe").read_event(*signed(event)))

    tasks.sweep()
    kept = ProviderEvent.objects.get()
    assert kept.acted_at or kept.waits_for
    assert kept.next_attempt_at is None
