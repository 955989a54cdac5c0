"""The real stripe package, unpatched, over a socket against the stand-in: sessions, expiry, refunds, events."""

import json
import os
import subprocess
import sys
import threading
import time
from datetime import timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import count

import pytest
from django.utils import timezone
from payments import PaymentError, RedirectNeeded
from payments.core import PROVIDER_CACHE

from orders import payments, refunds, stripe_checkout
from orders.models import LedgerEntry, Order, Refund
from orders.providers import BadSignature, NewsKind, ProviderUnreachable, SessionPaid
from orders.status import OrderStatus
from orders.stripe_news import from_wire, to_wire
from tests.factories import ask_refund, make_product
from tests.parallel import at_once
from tests.stripe_stand_in import StripeStandIn

pytestmark = [pytest.mark.django_db, pytest.mark.flow]

S = OrderStatus
K = NewsKind
ABSENT = ("silent", "dropped", "500", "429", "409")


@pytest.fixture
def stand_in():
    with StripeStandIn() as running:
        yield running


@pytest.fixture(autouse=True)
def provider(request, stand_in, settings):
    # Long enough for a busy machine, and not where a test waits for it to be over.
    waits = getattr(request.node, "callspec", None) and request.node.callspec.params.get("wrong") == "silent"
    given = {
        "secret_key": stand_in.secret_key,
        "webhook_secret": stand_in.webhook_secret,
        "api_base": stand_in.url,
        "timeout": 1 if waits else 10,
    }
    settings.PAYMENT_VARIANTS = {"stripe": ("orders.stripe_checkout.StripeCheckout", given)}
    settings.PAYMENT_VARIANT = "stripe"
    settings.PUBLIC_URL = "https://shop.example"
    PROVIDER_CACHE.pop("stripe", None)
    yield
    PROVIDER_CACHE.pop("stripe", None)


@pytest.fixture
def order(buyer) -> Order:
    return buyer.order_in(S.PAY_REQUIRED)


@pytest.fixture
def payment(order):
    return payments.start_payment(order_id=order.pk).payment


def address_of(payment) -> str:
    with pytest.raises(RedirectNeeded) as led:
        payment.get_form()
    return str(led.value)


def only_session(stand_in) -> dict:
    (session,) = stand_in.sessions.values()
    return session


def read(stand_in, payment, event, **how):
    return payment.provider.read_news(*stand_in.signed(event, **how))


def paid(stand_in, payment) -> Order:
    """The payment, paid at Stripe and noted here."""
    address_of(payment)
    news = read(stand_in, payment, stand_in.pay(payment.transaction_id))
    payments.capture(payment_id=payment.pk, amount=news.amount, reference=news.reference)
    return Order.objects.get(pk=payment.order_id)


@pytest.fixture
def refund(stand_in, payment) -> Refund:
    """A refund that nobody has asked the provider for yet."""
    order = paid(stand_in, payment)
    assert order.status == S.PAID
    ask_refund(order)
    return Refund.objects.get()


def try_again(refund: Refund) -> Refund:
    """The next try, whenever it would be due."""
    Refund.objects.filter(pk=refund.pk).update(next_try_at=timezone.now())
    return refunds.work_on(refund_id=refund.pk)


def status_of(refund: Refund) -> str:
    return Order.objects.get(pk=refund.payment.order_id).status


# --- amounts -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("amount", "currency", "wire"),
    [
        ("12.50", "USD", 1250),
        ("0.01", "EUR", 1),
        ("250000.00", "VND", 250000),
        ("987654321", "vnd", 987654321),
        ("5.00", "JPY", 5),
        ("5.00", "UGX", 500),
        ("5.12", "KWD", 5120),
    ],
)
def test_an_amount_goes_over_the_wire_in_the_units_that_stripe_counts_in(amount, currency, wire):
    assert to_wire(Decimal(amount), currency) == wire
    assert from_wire(wire, currency) == Decimal(amount)


@pytest.mark.parametrize(("amount", "currency"), [("0.50", "VND"), ("0.001", "USD")])
def test_an_amount_is_never_rounded(amount, currency):
    with pytest.raises(ValueError, match="decimals"):
        to_wire(Decimal(amount), currency)


# --- sessions ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("currency", "price", "total"),
    [("USD", "12.50", 1650), ("VND", "250000", 250004)],
)
def test_a_session_asks_for_what_the_order_costs(stand_in, buyer, settings, currency, price, total):
    settings.CURRENCY = currency
    order = buyer.order_in(S.PAY_REQUIRED, (make_product(stock=1, price=Decimal(price)), 1))
    payment = payments.start_payment(order_id=order.pk).payment

    address = address_of(payment)

    session = only_session(stand_in)
    page = f"https://shop.example{order.get_absolute_url()}"
    assert address == session["url"]
    assert (session["amount_total"], session["currency"]) == (total, currency.lower())
    assert session["client_reference_id"] == session["metadata"]["token"] == payment.token
    assert (session["success_url"], session["cancel_url"]) == (page, page)
    assert (
        stand_in.calls[0]
        .form["line_items"]["0"]["price_data"]["product_data"]["name"]
        .endswith(str(order.number))
    )
    payment.refresh_from_db()
    assert payment.transaction_id == session["id"]


def test_a_second_click_resumes_the_session(stand_in, order, payment):
    first = address_of(payment)
    assert address_of(payments.start_payment(order_id=order.pk).payment) == first
    assert len(stand_in.calls) == 1


@pytest.mark.django_db(transaction=True)
def test_clicks_at_once_lead_to_one_session(stand_in, order, payment, monkeypatch):
    wishes = count(int(time.time()) + 3600)
    monkeypatch.setattr(stripe_checkout, "_wished_deadline", lambda payment: next(wishes))

    def click() -> str:
        return address_of(payments.start_payment(order_id=order.pk).payment)

    assert at_once([click] * 4) == [only_session(stand_in)["url"]] * 4


def test_a_session_whose_answer_was_lost_is_found_again(stand_in, payment):
    stand_in.go_wrong("lost")
    with pytest.raises(PaymentError):
        payment.get_form()
    assert address_of(payment) == only_session(stand_in)["url"]


@pytest.mark.parametrize(
    ("minutes", "expected"), [(0, 31), (20, 31), (90, 90), (48 * 60, 24 * 60 - 1), (None, 31)]
)
def test_a_session_ends_with_the_time_to_pay_as_near_as_stripe_allows(stand_in, payment, minutes, expected):
    payment.order.pay_by = None if minutes is None else timezone.now() + timedelta(minutes=minutes)
    address_of(payment)
    ends_in = only_session(stand_in)["expires_at"] - time.time()
    assert ends_in == pytest.approx(expected * 60, abs=5)


def test_an_end_that_was_agreed_too_long_ago_is_agreed_anew(stand_in, payment):
    stand_in.go_wrong("dropped")
    with pytest.raises(PaymentError):
        payment.get_form()
    payment.extra_data = json.dumps({"deadline": int(time.time()) + 600})
    payment.save(update_fields=["extra_data"])
    assert address_of(payment) == only_session(stand_in)["url"]


def test_a_session_that_is_over_is_followed_by_another(stand_in, payment):
    first = address_of(payment)
    stand_in.expire(payment.transaction_id)
    stand_in.forget_keys()
    noted = json.loads(payment.extra_data)
    payment.extra_data = json.dumps(noted | {"deadline": int(time.time()) - 1})
    payment.save(update_fields=["extra_data"])
    assert address_of(payment) != first
    assert len(stand_in.sessions) == 2


@pytest.mark.parametrize("wrong", ABSENT)
def test_no_session_is_a_payment_error_and_the_next_click_begins_one(stand_in, payment, wrong):
    stand_in.go_wrong(wrong)
    with pytest.raises(PaymentError):
        payment.get_form()
    assert address_of(payment) == only_session(stand_in)["url"]


def test_a_refused_session_is_a_payment_error(stand_in, payment):
    payment.total = Decimal("1000000.00")
    with pytest.raises(PaymentError, match="8 digits"):
        payment.get_form()
    assert not stand_in.sessions


def test_nobody_learns_the_page_of_a_payment_that_was_given_up_meanwhile(stand_in, payment):
    type(payment).objects.filter(pk=payment.pk).update(status="cancelled")
    with pytest.raises(PaymentError):
        payment.get_form()


# --- expiry --------------------------------------------------------------------------------------------------------
def expire(payment) -> None:
    payment.provider.expire(payment)


def test_an_open_session_is_expired_and_once_more_is_fine(stand_in, payment):
    address_of(payment)
    expire(payment)
    assert only_session(stand_in)["status"] == "expired"
    expire(payment)


def test_a_session_that_expired_by_itself_is_fine(stand_in, payment):
    address_of(payment)
    stand_in.expire(payment.transaction_id)
    expire(payment)


def test_a_payment_without_a_session_has_nothing_to_expire(stand_in, payment):
    expire(payment)
    assert not stand_in.calls


def test_a_session_that_stripe_does_not_know_has_nothing_to_expire(stand_in, payment):
    address_of(payment)
    stand_in.sessions.clear()
    expire(payment)


@pytest.mark.parametrize("status", ["paid", "unpaid"])
def test_a_session_that_was_paid_meanwhile_is_not_expired(stand_in, payment, status):
    address_of(payment)
    stand_in.pay(payment.transaction_id, status=status)
    with pytest.raises(SessionPaid):
        expire(payment)


@pytest.mark.parametrize("wrong", [*ABSENT, "lost"])
def test_an_expiry_without_an_answer_is_unclear_and_may_be_asked_again(stand_in, payment, wrong):
    address_of(payment)
    stand_in.go_wrong(wrong)
    with pytest.raises(ProviderUnreachable):
        expire(payment)
    expire(payment)
    assert only_session(stand_in)["status"] == "expired"


def test_an_api_key_that_is_wrong_is_unclear(stand_in, payment):
    address_of(payment)
    stand_in.secret_key = "sk_another"
    with pytest.raises(ProviderUnreachable):
        expire(payment)


# --- refunds -------------------------------------------------------------------------------------------------------
def test_a_refund_returns_the_money_and_ends_the_order(stand_in, refund):
    done = refunds.work_on(refund_id=refund.pk)
    (made,) = stand_in.refunds
    assert (done.state, done.answer) == ("done", made["id"])
    assert made["metadata"] == {"key": refund.key, "token": refund.payment.token}
    assert made["amount"] == to_wire(refund.amount, "USD")
    assert status_of(refund) == S.CANCELED


@pytest.mark.parametrize("forgets", [False, True])
def test_a_refund_whose_answer_was_lost_is_made_once(stand_in, refund, forgets):
    stand_in.go_wrong("", "lost")  # the list is answered, the refund is made
    assert refunds.work_on(refund_id=refund.pk).state == "asked"
    assert len(stand_in.refunds) == 1
    if forgets:
        stand_in.forget_keys()
    assert try_again(refund).state == "done"
    assert len(stand_in.refunds) == 1
    assert status_of(refund) == S.CANCELED


@pytest.mark.parametrize("wrong", ABSENT)
@pytest.mark.parametrize("before", [(), ("",)], ids=["list", "ask"])
def test_an_unreachable_provider_leaves_a_refund_asked(stand_in, refund, before, wrong):
    stand_in.go_wrong(*before, wrong)
    assert refunds.work_on(refund_id=refund.pk).state == "asked"
    assert status_of(refund) == S.REFUND
    assert not stand_in.refunds
    assert try_again(refund).state == "done"
    assert len(stand_in.refunds) == 1


def test_a_refusal_is_recorded_and_a_new_attempt_has_a_new_key(stand_in, refund, staff):
    stand_in.controls.refuse_refunds = "Insufficient funds in your Stripe balance."
    refused = refunds.work_on(refund_id=refund.pk)
    assert (refused.state, refused.answer) == ("refused", "Insufficient funds in your Stripe balance.")
    assert LedgerEntry.objects.get(kind="refused").note == refused.answer

    stand_in.controls.refuse_refunds = ""
    again = refunds.retry(refund_id=refund.pk, actor=staff)
    assert again.key != refund.key
    assert refunds.work_on(refund_id=again.pk).state == "done"
    assert [made["metadata"]["key"] for made in stand_in.refunds] == [again.key]


def test_a_refusal_whose_answer_was_lost_is_repeated(stand_in, refund):
    stand_in.controls.refuse_refunds = "No."
    stand_in.go_wrong("", "lost")
    refunds.work_on(refund_id=refund.pk)
    stand_in.controls.refuse_refunds = ""
    assert try_again(refund).state == "refused"
    assert not stand_in.refunds


def test_a_charge_that_stripe_does_not_know_is_refused(stand_in, refund):
    stand_in.sessions.clear()
    refused = refunds.work_on(refund_id=refund.pk)
    assert refused.state == "refused"
    assert "No such payment_intent" in refused.answer


def test_a_pending_refund_is_done_on_a_later_try(stand_in, refund):
    stand_in.controls.refund_status = "pending"
    assert refunds.work_on(refund_id=refund.pk).state == "asked"
    assert try_again(refund).state == "asked"
    stand_in.end_refund(stand_in.refunds[0]["id"], "succeeded")
    assert try_again(refund).state == "done"
    assert len(stand_in.refunds) == 1


def test_a_pending_refund_that_failed_is_refused_on_a_later_try(stand_in, refund):
    stand_in.controls.refund_status = "pending"
    refunds.work_on(refund_id=refund.pk)
    stand_in.end_refund(stand_in.refunds[0]["id"], "failed", reason="lost_or_stolen_card")
    refused = try_again(refund)
    assert (refused.state, refused.answer) == ("refused", "lost_or_stolen_card")
    assert len(stand_in.refunds) == 1


def test_refunds_are_listed_over_all_pages_without_those_that_failed(stand_in, refund):
    stand_in.controls.page_size = 1
    provider, payment = refund.payment.provider, refund.payment
    refunds.work_on(refund_id=refund.pk)
    (made,) = stand_in.refunds
    stand_in.refunds += [
        made | {"id": f"re_{status}", "status": status, "metadata": {}}
        for status in ("pending", "failed", "canceled", "requires_action")
    ]
    listed = {(one.reference, one.key, one.is_done) for one in provider.list_refunds(payment)}
    assert listed == {
        (made["id"], refund.key, True),
        ("re_pending", "", False),
        ("re_requires_action", "", False),
    }


def test_a_payment_that_took_no_money_has_no_refunds(stand_in, payment):
    assert payment.provider.list_refunds(payment) == []
    assert not stand_in.calls


def test_a_key_used_for_another_amount_is_unclear_and_pays_nothing_out(stand_in, refund):
    refunds.work_on(refund_id=refund.pk)
    with pytest.raises(ProviderUnreachable, match="same parameters"):
        refund.payment.provider.ask_refund(refund.payment, Decimal("1.00"), refund.key)
    assert len(stand_in.refunds) == 1


# --- news ----------------------------------------------------------------------------------------------------------
SESSION_NEWS = [
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


@pytest.mark.parametrize(("kind", "changes", "expected"), SESSION_NEWS)
def test_news_of_a_session(stand_in, payment, kind, changes, expected):
    address_of(payment)
    session = only_session(stand_in) | {"payment_intent": "pi_1"} | changes
    event = stand_in.event(kind, session)
    news = read(stand_in, payment, event)
    assert (news.event_id, news.kind) == (event["id"], expected)
    if expected == K.OTHER:
        return
    assert (news.token, news.amount, news.currency) == (payment.token, payment.total, "USD")
    is_charge = expected in (K.AUTHORISED, K.CAPTURED)
    assert news.reference == ("pi_1" if is_charge else payment.transaction_id)


REFUND_NEWS = [
    ("refund.updated", "succeeded", K.REFUNDED),
    ("refund.created", "succeeded", K.REFUNDED),
    ("charge.refund.updated", "succeeded", K.REFUNDED),
    ("refund.created", "pending", K.OTHER),
    ("refund.updated", "requires_action", K.OTHER),
    ("refund.updated", "failed", K.REFUND_REFUSED),
    ("refund.failed", "failed", K.REFUND_REFUSED),
    ("charge.refund.updated", "canceled", K.REFUND_REFUSED),
]


@pytest.mark.parametrize(("kind", "status", "expected"), REFUND_NEWS)
def test_news_of_a_refund(stand_in, refund, kind, status, expected):
    refunds.work_on(refund_id=refund.pk)
    changes = {"status": status} | (
        {"failure_reason": "expired_or_canceled_card"} if status == "failed" else {}
    )
    event = stand_in.event(kind, stand_in.refunds[0] | changes)
    news = read(stand_in, refund.payment, event)
    note = {"failed": "expired_or_canceled_card", "canceled": "canceled"}.get(status, "")
    assert (news.event_id, news.kind, news.note) == (event["id"], expected, note)
    assert (news.token, news.key) == (refund.payment.token, refund.key)
    assert (news.amount, news.reference) == (refund.amount, stand_in.refunds[0]["id"])


@pytest.mark.parametrize(
    "event",
    [
        {"id": "evt_1", "type": "refund.updated", "data": {"object": {"id": "re_1", "status": "succeeded"}}},
        {"id": "evt_1", "type": "customer.created", "data": {"object": {"id": "cus_1", "metadata": {}}}},
        {"id": "evt_1", "type": "v1.billing.meter.no_meter_found", "object": "v2.core.event"},
    ],
    ids=["a refund of no charge", "a customer", "an event of another shape"],
)
def test_news_that_does_not_concern_us(stand_in, payment, event):
    news = read(stand_in, payment, event)
    assert (news.event_id, news.kind, news.token) == ("evt_1", K.OTHER, "")


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
def test_what_stripe_did_not_sign_just_now_is_no_news(stand_in, payment, how, change):
    address_of(payment)
    event = stand_in.pay(payment.transaction_id)
    assert read(stand_in, payment, event).kind == K.CAPTURED
    with pytest.raises(BadSignature):
        payment.provider.read_news(*change(*stand_in.signed(event, **how)))


# --- the stand-in's own deliveries, and the settings ---------------------------------------------------------------
class _Taker(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            self.server.taken = self.server.provider.read_news(body, self.headers)
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
        shop.provider, shop.taken = payment.provider, None
        thread = threading.Thread(target=shop.handle_request)
        thread.start()
        assert stand_in.deliver(event, f"http://127.0.0.1:{shop.server_address[1]}/", **how) == status
        thread.join(10)
        assert bool(shop.taken) == (status == 200)


KEYS = {"STRIPE_SECRET_KEY": "sk_test_1", "STRIPE_WEBHOOK_SECRET": "whsec_1"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"DEMO": "1"}, "demo: demo"),
        ({"DEMO": "0"} | KEYS, "stripe: stripe"),
        ({"DEMO": "1"} | KEYS, ": demo stripe"),
        ({"DEMO": "1", "PAYMENT_VARIANT": "stripe"} | KEYS, "stripe: demo stripe"),
        ({"STRIPE_SECRET_KEY": "sk_test_1"}, "STRIPE_WEBHOOK_SECRET is not"),
    ],
)
def test_stripe_is_switched_on_by_its_keys(given, expected):
    code = "from config.settings import *; print(f'{PAYMENT_VARIANT}:', *PAYMENT_VARIANTS)"
    run = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | given, capture_output=True, text=True, check=False
    )
    assert expected in (run.stdout.strip() or run.stderr).splitlines()[-1]
