"""Payments and events of the version before, which had its payments from django-payments, are read and go on."""

import json
import time
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from orders import tasks
from orders.models import Order, Payment, PaymentStatus, ProviderEvent
from orders.payments.providers.registry import provider_of
from orders.status import OrderStatus
from tests.orders.payments.providers.stripe_steps import address_of
from tests.stand_ins.server import new_id

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stand_in")]

EMPTY = (
    "fraud_message",
    "billing_first_name",
    "billing_last_name",
    "billing_address_1",
    "billing_address_2",
    "billing_city",
    "billing_postcode",
    "billing_country_code",
    "billing_country_area",
    "billing_phone",
    "message",
)


def from_before(order: Order, **given: object) -> Payment:
    """A payment with each column as the version before wrote it, which names them all."""
    now = timezone.now()
    row = {
        "order_id": order.pk,
        "variant": "stripe",
        "status": "waiting",
        "token": str(uuid4()),
        "transaction_id": "",
        "extra_data": "",
        "total": order.total_amount,
        "captured_amount": 0,
        "currency": order.currency,
        "description": str(order.number),
        "billing_email": order.customer.email,
        "created": now,
        "modified": now,
        "fraud_status": "unknown",
        "delivery": 0,
        "tax": 0,
        "customer_ip_address": None,
    }
    row |= dict.fromkeys(EMPTY, "") | given
    names, places = ", ".join(row), ", ".join(["%s"] * len(row))
    with connection.cursor() as cursor:
        statement = f"INSERT INTO orders_payment ({names}) VALUES ({places}) RETURNING id"  # noqa: S608 our own names
        cursor.execute(statement, list(row.values()))
        (pk,) = cursor.fetchone()
    return Payment.objects.get(pk=pk)


@pytest.fixture
def session(stand_in, order) -> dict:
    """A session that is open at Stripe, as the version before noted it beside its payment."""
    found = {
        "id": new_id("cs_test"),
        "object": "checkout.session",
        "amount_total": int(order.total_amount * 100),
        "currency": "usd",
        "metadata": {"token": str(uuid4())},
        "status": "open",
        "payment_status": "unpaid",
        "payment_intent": None,
        "url": f"{stand_in.url}/c/pay/from-before",
    }
    stand_in.sessions[found["id"]] = found
    return found


@pytest.fixture
def payment(order, session) -> Payment:
    noted = json.dumps({"deadline": int(time.time()) + 1800, "url": session["url"]})
    token = session["metadata"]["token"]
    return from_before(order, token=token, transaction_id=session["id"], extra_data=noted)


@pytest.mark.parametrize("status", PaymentStatus)
def test_a_payment_in_any_status_is_read(order, status):
    payment = from_before(order, status=str(status))
    assert payment.status == status
    assert payment.get_status_display() == status.label


def test_an_open_session_is_resumed_and_expired(stand_in, payment, session):
    assert address_of(payment) == session["url"]
    provider_of(payment).expire(payment)
    assert session["status"] == "expired"
    assert len(stand_in.sessions) == 1


def test_an_event_that_waits_pays_the_order(stand_in, order, payment):
    stand_in.pay(payment.transaction_id)
    told = {
        "event_id": "evt_before",
        "kind": "captured",
        "token": payment.token,
        "amount": str(payment.total),
        "currency": "USD",
        "reference": "pi_before",
        "key": "",
        "note": "",
        "charge": "",
    }
    ProviderEvent.objects.create(variant="stripe", event_id="evt_before", notification=told)

    tasks.sweep()

    payment.refresh_from_db()
    assert (Order.objects.get(pk=order.pk).status, payment.status) == (OrderStatus.PAID, "confirmed")
