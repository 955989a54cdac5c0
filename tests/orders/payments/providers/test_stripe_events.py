"""What Stripe's events mean to the shop, and whose events are taken."""

import threading
import time
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.urls import reverse

from orders import tasks
from orders.actions.money.payment import start_payment
from orders.models import Order, ProviderEvent, Refund
from orders.payments import refunds, returning
from orders.payments.providers.base import BadSignature, NotificationKind
from orders.payments.providers.registry import provider_of
from orders.status import OrderStatus
from tests.factories import ask_refund, make_product
from tests.orders.payments.providers.stripe_steps import address_of, only_session, paid, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stand_in")]

S = OrderStatus
K = NotificationKind


@pytest.fixture
def refund(stand_in, payment) -> Refund:
    """A refund that nobody has asked the provider for yet."""
    order = paid(stand_in, payment)
    assert order.status == S.PAID
    ask_refund(order)
    return Refund.objects.get()


OF_SESSIONS = [
    ("checkout.session.completed", {"payment_status": "paid"}, K.CAPTURED),
    ("checkout.session.completed", {"payment_status": "unpaid"}, K.AUTHORISED),
    ("checkout.session.async_payment_succeeded", {"payment_status": "paid"}, K.CAPTURED),
    ("checkout.session.async_payment_failed", {}, K.DECLINED),
    ("checkout.session.expired", {"status": "expired"}, K.EXPIRED),
    ("checkout.session.something_new", {}, K.OTHER),
    ("checkout.session.completed", {"payment_status": "paid", "metadata": {}}, K.OTHER),
    ("checkout.session.completed", {"payment_status": "paid", "metadata": None}, K.OTHER),
    ("checkout.session.completed", {"payment_status": "paid", "metadata": {"token": ""}}, K.OTHER),
]


@pytest.mark.parametrize(("kind", "changes", "expected"), OF_SESSIONS)
def test_what_a_sessions_event_says(stand_in, payment, kind, changes, expected):
    address_of(payment)
    session = only_session(stand_in) | {"payment_intent": "pi_1"} | changes
    event = stand_in.event(kind, session)
    notification = read(stand_in, payment, event)
    assert (notification.event_id, notification.kind) == (event["id"], expected)
    if expected == K.OTHER:
        return
    assert (notification.token, notification.amount, notification.currency) == (
        payment.token,
        payment.total,
        "USD",
    )
    is_charge = expected in (K.AUTHORISED, K.CAPTURED)
    assert notification.reference == ("pi_1" if is_charge else payment.transaction_id)


OF_REFUNDS = [
    ("refund.updated", "succeeded", K.REFUNDED),
    ("refund.created", "succeeded", K.REFUNDED),
    ("charge.refund.updated", "succeeded", K.REFUNDED),
    ("refund.created", "pending", K.OTHER),
    ("refund.updated", "requires_action", K.OTHER),
    ("refund.updated", "failed", K.REFUND_REFUSED),
    ("refund.failed", "failed", K.REFUND_REFUSED),
    ("charge.refund.updated", "canceled", K.REFUND_REFUSED),
]


@pytest.mark.parametrize(("kind", "status", "expected"), OF_REFUNDS)
def test_what_a_refunds_event_says(stand_in, refund, kind, status, expected):
    refunds.work_on(refund_id=refund.pk)
    changes = {"status": status} | (
        {"failure_reason": "expired_or_canceled_card"} if status == "failed" else {}
    )
    event = stand_in.event(kind, stand_in.refunds[0] | changes)
    notification = read(stand_in, refund.payment, event)
    note = {"failed": "expired_or_canceled_card", "canceled": "canceled"}.get(status, "")
    assert (notification.event_id, notification.kind, notification.note) == (event["id"], expected, note)
    assert (notification.token, notification.key) == (refund.payment.token, refund.key)
    assert (notification.amount, notification.reference) == (refund.amount, stand_in.refunds[0]["id"])


@pytest.mark.parametrize(
    "event",
    [
        {"id": "evt_1", "type": "refund.updated", "data": {"object": {"id": "re_1", "status": "succeeded"}}},
        {"id": "evt_1", "type": "customer.created", "data": {"object": {"id": "cus_1", "metadata": {}}}},
        {"id": "evt_1", "type": "v1.billing.meter.no_meter_found", "object": "v2.core.event"},
    ],
    ids=["a refund of no charge", "a customer", "an event of another shape"],
)
def test_an_event_that_does_not_concern_us(stand_in, payment, event):
    notification = read(stand_in, payment, event)
    assert (notification.event_id, notification.kind, notification.token) == ("evt_1", K.OTHER, "")


def test_the_stages_of_a_slow_payment(stand_in, payment):
    address_of(payment)
    session = payment.transaction_id
    told = [
        stand_in.pay(session, status="unpaid"),
        stand_in.bank_answers(session, succeeded=False),
        stand_in.bank_answers(session, succeeded=True),
    ]
    assert [read(stand_in, payment, event).kind for event in told] == [K.AUTHORISED, K.DECLINED, K.CAPTURED]


@pytest.mark.parametrize(
    ("how", "change"),
    [
        ({}, lambda body, headers: (body + b" ", headers)),
        ({}, lambda body, headers: (body.replace(b"1650", b"9999"), headers)),
        ({}, lambda body, headers: (b"\xff", headers)),
        ({}, lambda body, headers: (body, {})),
        ({}, lambda body, headers: (body, {"Stripe-Signature": "t=soon,v1=a"})),
        ({}, lambda body, headers: (body, {"Stripe-Signature": f"t={int(time.time())},v0=a"})),
        ({"secret": "whsec_another"}, lambda body, headers: (body, headers)),
        ({"at": time.time() - 3600}, lambda body, headers: (body, headers)),
    ],
    ids=[
        "tampered",
        "another amount",
        "not text",
        "no signature",
        "no time",
        "another scheme",
        "wrong secret",
        "old",
    ],
)
def test_what_stripe_did_not_sign_just_now_is_no_event(stand_in, payment, how, change):
    address_of(payment)
    event = stand_in.pay(payment.transaction_id)
    assert read(stand_in, payment, event).kind == K.CAPTURED
    with pytest.raises(BadSignature):
        provider_of(payment).read_event(*change(*stand_in.signed(event, **how)))


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 9000, b'{"a":' * 9000])
def test_what_is_well_signed_and_no_json_is_no_event(stand_in, payment, body):
    with pytest.raises(BadSignature):
        provider_of(payment).read_event(*stand_in.signed(body))


@pytest.mark.parametrize("direction", [1, -1])
def test_while_stripe_signs_by_two_secrets_either_is_enough(stand_in, payment, direction):
    address_of(payment)
    event = stand_in.pay(payment.transaction_id)
    at = time.time()
    body, headers = stand_in.signed(event, at=at)
    _same, others = stand_in.signed(event, at=at, secret="whsec_the_new_one")
    signatures = [one["Stripe-Signature"].split(",")[1] for one in (headers, others)][::direction]
    both = {"Stripe-Signature": ",".join([f"t={int(at)}", *signatures])}
    assert provider_of(payment).read_event(body, both).kind == K.CAPTURED


# --- the stand-in's own deliveries, and the settings ---------------------------------------------------------------
class _Taker(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            self.server.taken = self.server.provider.read_event(body, self.headers)
            self.send_response(200)
        except BadSignature:
            self.send_response(400)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize(("how", "status"), [({}, 200), ({"secret": "whsec_another"}, 400)])
def test_an_event_delivered_over_a_socket_is_read(stand_in, payment, how, status):
    address_of(payment)
    event = stand_in.pay(payment.transaction_id)
    with HTTPServer(("127.0.0.1", 0), _Taker) as shop:
        shop.provider, shop.taken = provider_of(payment), None
        thread = threading.Thread(target=shop.handle_request)
        thread.start()
        assert stand_in.deliver(event, f"http://127.0.0.1:{shop.server_address[1]}/", **how) == status
        thread.join(10)
        assert bool(shop.taken) == (status == 200)


@pytest.mark.parametrize(
    ("variant", "how", "status"),
    [("stripe", {}, 200), ("stripe", {"secret": "whsec_another"}, 400), ("nobody", {}, 404)],
)
def test_an_unknown_event_is_kept_if_it_is_well_signed_and_for_a_provider_of_ours(
    client, stand_in, variant, how, status
):
    event = stand_in.event("customer.created", {"id": "cus_1", "metadata": {}})
    body, headers = stand_in.signed(event, **how)
    url = reverse("payment-webhook", args=[variant])
    for _ in range(2):
        assert client.post(url, body, "application/json", headers=headers).status_code == status
    assert [kept.event_id for kept in ProviderEvent.objects.all()] == ([event["id"]] if status == 200 else [])


def test_nine_digits_of_a_currency_without_decimals_come_and_go_back_whole(stand_in, buyer, client, settings):
    settings.CURRENCY = "VND"
    order = buyer.order_in(S.PAY_REQUIRED, (make_product(stock=1, price=Decimal(987654317)), 1))
    payment = start_payment(order_id=order.pk, actor=order.customer).payment
    address_of(payment)
    body, headers = stand_in.signed(stand_in.pay(payment.transaction_id))
    url = reverse("payment-webhook", args=["stripe"])
    assert client.post(url, body, "application/json", headers=headers).status_code == 200
    tasks.sweep()
    assert refund_balance(order) == (S.PAID, Decimal(987654321))
    ask_refund(order)
    tasks.sweep()
    assert refund_balance(order) == (S.CANCELED, 0)
    assert [made["amount"] for made in stand_in.refunds] == [987654321]


def refund_balance(order) -> tuple[str, Decimal]:
    return Order.objects.get(pk=order.pk).status, returning.balance(order)
