"""Events that come before what they are about: they wait for it, and are acted on when it is there."""

from decimal import Decimal
from functools import partial

import pytest
from django.urls import reverse

from orders import audit, tasks
from orders.actions.money.payment import start_payment
from orders.models import Order, ProviderEvent
from orders.payments import keeping, provider_events, returning
from orders.payments.providers.base import Notification, NotificationKind
from orders.status import OrderStatus
from tests.factories import capture
from tests.orders.payments.providers.paypal_steps import page_of
from tests.orders.payments.providers.stripe_steps import address_of
from tests.parallel import at_once

pytestmark = pytest.mark.django_db

S = OrderStatus


def state(order) -> tuple[str, Decimal, list[str]]:
    found = Order.objects.get(pk=order.pk)
    return found.status, returning.balance(found), [entry.kind for entry in found.ledger.all()]


def send(stand_in, client, variant, event) -> None:
    body, headers = stand_in.signed(event)
    url = reverse("payment-webhook", args=[variant])
    assert client.post(url, body, "application/json", headers=headers).status_code == 200
    tasks.sweep()


def test_a_refund_that_stripe_tells_before_its_capture_waits_for_it(stand_in, client, order, payment):
    address_of(payment)
    paid = stand_in.pay(payment.transaction_id)
    back = stand_in.refund_by_hand(paid["data"]["object"]["payment_intent"])

    send(stand_in, client, "stripe", back)
    event = ProviderEvent.objects.get()
    assert (event.acted_at, event.next_attempt_at, event.remark) == (None, None, "nothing of ours yet")
    assert state(order) == (S.PAY_REQUIRED, 0, [])
    send(stand_in, client, "stripe", paid)
    tasks.sweep()

    assert state(order) == (S.CANCELED, 0, ["captured", "refunded"])
    event.refresh_from_db()
    assert event.acted_at
    assert event.waits_for == ""
    assert list(audit.findings()) == []


def test_a_refund_that_paypal_tells_before_its_capture_waits_for_it(paypal, client, order, payment):
    page_of(payment)
    approved = paypal.approve(payment.transaction_id)
    payment.refresh_from_db()
    paypal._capture_order(payment.transaction_id)
    back = paypal.refund_by_hand(paypal.captures[0]["id"])

    send(paypal, client, "paypal", back)
    assert state(order) == (S.PAY_REQUIRED, 0, [])
    send(paypal, client, "paypal", approved)
    tasks.sweep()

    assert state(order)[:2] == (S.CANCELED, 0)


def test_a_refund_that_another_shop_made_waits_and_troubles_nobody(buyer):
    told = Notification(
        "evt",
        NotificationKind.REFUNDED,
        amount=Decimal(5),
        currency="USD",
        reference="re_1",
        charge="of another shop",
    )
    keeping.keep(variant="demo", notification=told)
    for _ in range(3):
        tasks.sweep()
    event = ProviderEvent.objects.get()
    assert (event.attempts, event.waits_for) == (1, "of another shop")
    assert list(audit.findings()) == []


@pytest.mark.django_db(transaction=True)
def test_a_refund_and_its_capture_that_are_told_at_the_same_moment_miss_each_other_never(buyer):
    for number in range(20):
        order = buyer.order_in(S.PAY_REQUIRED)
        payment = start_payment(order_id=order.pk, actor=order.customer).payment
        told = Notification(
            f"evt {number}",
            NotificationKind.REFUNDED,
            amount=payment.total,
            currency=payment.currency,
            reference=f"re {number}",
            charge=f"ch {number}",
        )
        event = keeping.keep(variant=payment.variant, notification=told)
        at_once(
            [
                partial(provider_events.act, event_id=event.pk),
                partial(capture, payment, reference=f"ch {number}"),
            ]
        )
        for due in provider_events.due():
            provider_events.act(event_id=due)
        event.refresh_from_db()
        assert event.acted_at or event.next_attempt_at, "it was tried again, or will be"
        assert event.waits_for == ""
