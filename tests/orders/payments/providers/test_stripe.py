"""The real stripe package, unpatched, over a socket against the stand-in: sessions and their expiry."""

import json
import time
from datetime import timedelta
from decimal import Decimal
from itertools import count

import pytest
from django.utils import timezone

from orders.actions.money.payment import start_payment
from orders.payments.providers.base import ProviderUnreachable, SessionPaid, SessionRefused
from orders.payments.providers.registry import provider_of
from orders.payments.providers.stripe import checkout as stripe
from orders.payments.providers.stripe.events import from_wire, to_wire
from orders.status import OrderStatus
from tests.factories import make_product
from tests.orders.payments.providers.stripe_steps import address_of, only_session
from tests.parallel import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stand_in")]

S = OrderStatus
ABSENT = ("silent", "dropped", "500", "429", "409")


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
    [("USD", "12.50", 1650), ("VND", "250000", 250004), ("VND", "987654317", 987654321)],
)
def test_a_session_asks_for_what_the_order_costs(stand_in, buyer, settings, currency, price, total):
    settings.CURRENCY = currency
    order = buyer.order_in(S.PAY_REQUIRED, (make_product(stock=1, price=Decimal(price)), 1))
    payment = start_payment(order_id=order.pk, actor=order.customer).payment

    address = address_of(payment)

    session = only_session(stand_in)
    page = f"https://shop.example{order.get_absolute_url()}"
    assert address == session["url"]
    assert (session["amount_total"], session["currency"]) == (total, currency.lower())
    assert session["client_reference_id"] == session["metadata"]["token"] == payment.token
    assert (session["success_url"], session["cancel_url"]) == (f"{page}pay/back/", page)
    assert (
        stand_in.calls[0]
        .form["line_items"]["0"]["price_data"]["product_data"]["name"]
        .endswith(str(order.number))
    )
    payment.refresh_from_db()
    assert payment.transaction_id == session["id"]


def test_a_second_click_resumes_the_session(stand_in, order, payment):
    first = address_of(payment)
    assert address_of(start_payment(order_id=order.pk, actor=order.customer).payment) == first
    assert len(stand_in.calls) == 1


@pytest.mark.django_db(transaction=True)
def test_clicks_at_once_lead_to_one_session(stand_in, order, payment, monkeypatch):
    wishes = count(int(time.time()) + 3600)
    monkeypatch.setattr(stripe, "_wished_deadline", lambda payment: next(wishes))

    def click() -> str:
        return address_of(start_payment(order_id=order.pk, actor=order.customer).payment)

    assert at_once([click] * 4) == [only_session(stand_in)["url"]] * 4


def test_a_session_whose_answer_was_lost_is_found_again(stand_in, payment):
    stand_in.go_wrong("lost")
    with pytest.raises(ProviderUnreachable):
        provider_of(payment).begin_session(payment)
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
    with pytest.raises(ProviderUnreachable):
        provider_of(payment).begin_session(payment)
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
def test_no_session_is_unclear_and_the_next_click_begins_one(stand_in, payment, wrong):
    stand_in.go_wrong(wrong)
    with pytest.raises(ProviderUnreachable):
        provider_of(payment).begin_session(payment)
    assert address_of(payment) == only_session(stand_in)["url"]


def test_a_refused_session_is_said_so(stand_in, payment):
    payment.total = Decimal("1000000.00")
    with pytest.raises(SessionRefused, match="8 digits"):
        provider_of(payment).begin_session(payment)
    assert not stand_in.sessions


def test_nobody_learns_the_page_of_a_payment_that_was_given_up_meanwhile(stand_in, payment):
    type(payment).objects.filter(pk=payment.pk).update(status="cancelled")
    with pytest.raises(SessionRefused):
        provider_of(payment).begin_session(payment)


# --- expiry --------------------------------------------------------------------------------------------------------
def expire(payment) -> None:
    provider_of(payment).expire(payment)


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
