"""What needs a person is found, and what does not is left out."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog import inventory
from catalog.models import Number
from catalog.shelf.running_low import low_numbers, low_stock
from orders import audit
from orders.actions.money.payment import start_payment
from orders.emails.queue import send_again
from orders.events.feed import give_positions
from orders.models import Email, Order, Payment, ProviderEvent, Refund, WebhookDelivery, WebhookEndpoint
from orders.payments import made_at_provider, refunds
from orders.reports import attention
from orders.status import OrderStatus
from orders.webhooks import endpoints
from outbox.queue import give_up
from tests.factories import make_numbered, make_product

S = OrderStatus
pytestmark = pytest.mark.django_db


def test_paid_orders_wait_to_be_done_and_the_oldest_is_told(buyer):
    first, second = buyer.order_in(S.PAID), buyer.order_in(S.PAID)
    for status in (S.PAY_REQUIRED, S.DONE, S.REFUND):
        buyer.order_in(status)
    assert set(attention.waiting_to_be_done()) == {first, second}
    assert attention.oldest(attention.waiting_to_be_done()) == first.status_since
    assert attention.oldest(Order.objects.none()) is None


def test_orders_not_confirmed_before_today_are_left_out(buyer):
    today, yesterday = (buyer.order_in(S.NOT_CONFIRMED, (make_numbered(), 1)) for _ in range(2))
    Order.objects.filter(pk=yesterday.pk).update(status_since=timezone.now() - timedelta(days=1))
    assert list(attention.not_confirmed_today()) == [today]


def test_a_refused_refund_needs_a_person_until_somebody_decides(buyer, staff):
    order = buyer.order_in(S.REFUND)
    assert not attention.refused_refunds()
    first = refunds.note_refused(refund_id=Refund.objects.get(payment__order=order).pk, why="closed")
    assert list(attention.refused_refunds()) == [first]
    second = refunds.retry(refund_id=first.pk, actor=staff)
    assert not attention.refused_refunds()
    refunds.note_refused(refund_id=second.pk, why="still closed")
    assert [refund.pk for refund in attention.refused_refunds()] == [second.pk]
    refunds.settle_by_hand(refund_id=second.pk, actor=staff, note="cash")
    assert not attention.refused_refunds()


def test_a_refused_refund_that_was_made_at_the_provider_needs_nobody(buyer):
    order = buyer.order_in(S.REFUND)
    refund = Refund.objects.get(payment__order=order)
    charge = refund.capture.reference
    half = refund.amount / 2
    for reference, amount, waiting in (("re_1", half, 1), ("re_2", refund.amount - half, 0)):
        made_at_provider.note_made_at_provider(
            payment_id=refund.payment_id, charge=charge, amount=amount, reference=reference
        )
        refunds.note_refused(refund_id=refund.pk, why="closed")
        assert attention.refused_refunds().count() == waiting


@pytest.mark.parametrize(
    ("days", "attempts", "failure", "hangs"),
    [
        (0, 1, "UnknownProvider: stripe", False),
        (0, 3, "UnknownProvider: stripe", True),
        (0, 9, attention.PENDING, False),
        (2, 9, attention.PENDING, True),
        (0, 1, attention.NEEDS_ACTION, True),
    ],
)
def test_a_refund_that_hangs_needs_somebody(buyer, days, attempts, failure, hangs):
    order = buyer.order_in(S.REFUND)
    asked_at = timezone.now() - timedelta(days=days)
    Refund.objects.filter(payment__order=order).update(attempts=attempts, failure=failure, asked_at=asked_at)
    assert attention.waiting_refunds().exists() == hangs
    found = [line for line in audit.findings() if "hangs at the provider since" in line]
    assert bool(found) == bool(days)


@pytest.mark.parametrize(("days", "slow"), [(6, False), (8, True)])
def test_a_payment_that_is_on_its_way_for_a_week_needs_somebody(buyer, days, slow):
    order = buyer.order_in(S.PAY_REQUIRED)
    payment = start_payment(order_id=order.pk, actor=order.customer).payment
    created = timezone.now() - timedelta(days=days)
    Payment.objects.filter(pk=payment.pk).update(status="preauth", created=created)
    assert attention.slow_payments().exists() == slow


def test_payments_that_no_webhook_told_of_need_somebody_until_webhooks_come(buyer):
    def told(event_id: str, hours: float, body: str = "") -> ProviderEvent:
        at = timezone.now() - timedelta(hours=hours)
        given = {
            "variant": "stripe",
            "notification": {"kind": "captured"},
            "acted_at": at,
            "next_attempt_at": None,
        }
        return ProviderEvent.objects.create(event_id=event_id, body=body, received_at=at, **given)

    asked = told("captured pi_1", 2)
    told("captured pi_2", 0.5)
    told("captured pi_3", 99)
    told("evt_0", 20, body="{}")
    assert list(attention.unheard_payments()) == [asked]
    told("evt_1", 1.9, body="{}")
    assert not attention.unheard_payments().exists()


def test_emails_that_are_still_tried_are_not_given_up(buyer, staff):
    emails = buyer.order_in(S.PENDING).emails
    assert not attention.given_up_emails()
    give_up(emails.all())
    assert set(attention.given_up_emails()) == set(emails.all())
    send_again(email_ids=emails.values_list("pk", flat=True), actor=staff)
    assert not attention.given_up_emails()


def test_emails_of_closed_accounts_need_nobody(buyer):
    order = buyer.order_in(S.PENDING)
    Email.objects.filter(order=order).update(to="", next_attempt_at=None)
    assert not attention.given_up_emails()


@pytest.mark.parametrize(
    ("acted", "ago", "attempts", "needs"),
    [(False, 1, 1, False), (False, 11, 1, True), (False, -30, 3, True), (True, 60, 5, False)],
)
def test_events_that_are_overdue_or_failed_often_need_a_person(acted, ago, attempts, needs):
    now = timezone.now()
    ProviderEvent.objects.create(
        variant="demo",
        event_id="evt",
        notification={},
        acted_at=now if acted else None,
        attempts=attempts,
        next_attempt_at=None if acted else now - timedelta(minutes=ago),
    )
    assert attention.failed_events().exists() == needs


def test_little_stock_of_what_is_on_sale_is_low(settings):
    settings.LOW_STOCK = 3
    low, none = make_product(stock=3), make_product()
    make_product(stock=4)
    make_product(is_active=False)
    make_numbered()
    assert set(low_stock()) == {low, none}


def test_few_free_numbers_are_running_out(settings):
    settings.LOW_NUMBERS = 2
    make_numbered(numbers=3)
    few, none, used = make_numbered(numbers=2), make_numbered(), make_numbered(numbers=5)
    for number in Number.objects.filter(product=used)[:3]:
        inventory.retire(number_id=number.pk, actor=None)
    make_product()
    assert set(low_numbers()) == {few, none, used}


def test_events_owed_to_a_dead_endpoint_are_given_up_until_it_is_switched_on(buyer, staff):
    dead, alive = (
        WebhookEndpoint.objects.create(owner=buyer.user, url=f"https://{name}.example/", language="en")
        for name in ("dead", "alive")
    )
    buyer.order_in(S.PAID)
    give_positions()
    assert not attention.dead_endpoints() and not attention.given_up_deliveries()
    done = dead.deliveries.first()
    WebhookDelivery.objects.filter(pk=done.pk).update(state="done", next_attempt_at=None)
    WebhookEndpoint.objects.filter(pk=dead.pk).update(state=WebhookEndpoint.State.FAILED)
    give_up(dead.deliveries.all())

    assert list(attention.dead_endpoints()) == [dead]
    given_up = set(attention.given_up_deliveries())
    assert given_up and given_up == set(dead.deliveries.filter(state="waiting"))
    assert not alive.deliveries.filter(given_up_at__isnull=False)

    endpoints.switch_on(endpoint_id=dead.pk, owner=buyer.user)
    assert not attention.dead_endpoints() and not attention.given_up_deliveries()
