"""What is known, or can be asked, is acted on before an order is given up at the end of its time to pay."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from orders import tasks
from orders.actions.cancellation import PaymentUnderWay
from orders.actions.money import payment_window
from orders.actions.money.payment import start_payment
from orders.actions.money.payment_window import UNREACHABLE_SECONDS
from orders.lifecycle.transitions import StepNotAllowed
from orders.models import Order, ProviderEvent
from orders.payments import keeping
from orders.payments.providers.base import Notification, NotificationKind
from orders.status import OrderStatus
from tests import pauses
from tests.factories import Buyer, cancel
from tests.orders.payments.providers.paypal_steps import page_of
from tests.orders.payments.providers.stripe_steps import address_of, read

pytestmark = pytest.mark.django_db

S = OrderStatus
LONG_AGO = 2 * UNREACHABLE_SECONDS


def time_is_over(order, *, since: int = 60) -> None:
    Order.objects.filter(pk=order.pk).update(pay_by=timezone.now() - timedelta(seconds=since))
    pauses.pass_for(order.payments.all())


def give_up(order, *, overdue: int = 60) -> str:
    """What becomes of the order when the clock looks at it so many seconds after its time."""
    time_is_over(order, since=overdue)
    payment_window.cancel_unpaid(order_id=order.pk)
    return status_of(order)


def status_of(order) -> str:
    return Order.objects.get(pk=order.pk).status


def kept(payment, **more) -> ProviderEvent:
    """A capture that was told, and whose hint was lost."""
    told = Notification(
        f"evt {payment.token}",
        NotificationKind.CAPTURED,
        payment.token,
        payment.total,
        payment.currency,
        "ch_1",
    )
    return keeping.keep(variant=payment.variant, notification=told, **more)


# --- stored events -------------------------------------------------------------------------------------------------
def test_captures_that_were_stored_while_no_worker_lived_pay_their_orders(db):
    orders = [Buyer().order_in(S.PAY_REQUIRED) for _ in range(5)]
    for order in orders:
        kept(start_payment(order_id=order.pk, actor=order.customer).payment)
        time_is_over(order, since=5400)

    tasks.sweep()

    assert [status_of(order) for order in orders] == [S.PAID] * 5
    assert not ProviderEvent.objects.filter(acted_at=None).exists()


def test_whoever_gives_an_order_up_reads_its_events_first(order, payment):
    kept(payment)
    assert give_up(order, overdue=LONG_AGO) == S.PAID


def test_an_order_is_open_as_long_as_an_event_about_it_waits(order, payment):
    kept(payment, after=600)
    assert give_up(order, overdue=LONG_AGO) == S.PAY_REQUIRED

    pauses.pass_for(ProviderEvent.objects.all())
    assert give_up(order, overdue=LONG_AGO) == S.PAID


def test_events_of_other_orders_keep_none_open(order, payment):
    kept(start_payment(order_id=(other := Buyer().order_in(S.PAY_REQUIRED)).pk, actor=other.customer).payment)
    assert give_up(order) == S.CANCELED
    assert ProviderEvent.objects.get().acted_at is None


def test_a_customer_cannot_cancel_what_a_stored_event_has_paid(order, payment):
    kept(payment)
    with pytest.raises(StepNotAllowed):
        cancel(order)
    assert status_of(order) == S.PAID


# --- what the provider says when it is asked -----------------------------------------------------------------------
@pytest.fixture
def session(stand_in, payment) -> str:
    address_of(payment)
    return payment.transaction_id


@pytest.mark.parametrize("webhook", ["lost", "refused", "too old"])
def test_an_order_whose_webhook_did_not_come_is_paid_by_what_stripe_says(
    stand_in, client, order, session, webhook
):
    event = stand_in.pay(session)
    if webhook != "lost":
        how = (
            {"secret": "whsec_another"} if webhook == "refused" else {"at": timezone.now().timestamp() - 3600}
        )
        body, headers = stand_in.signed(event, **how)
        url = reverse("payment-webhook", args=["stripe"])
        assert client.post(url, body, "application/json", headers=headers).status_code == 400

    time_is_over(order)
    tasks.sweep()

    assert status_of(order) == S.PAID
    assert [entry.kind for entry in order.ledger.all()] == ["captured"]
    # Its event may come after all.
    read(stand_in, order.payments.get(), event)


def test_the_event_that_comes_after_the_answer_is_the_same_capture(stand_in, client, order, session):
    event = stand_in.pay(session)
    assert give_up(order) == S.PAID
    body, headers = stand_in.signed(event)
    url = reverse("payment-webhook", args=["stripe"])
    assert client.post(url, body, "application/json", headers=headers).status_code == 200
    tasks.sweep()
    assert [entry.kind for entry in order.ledger.all()] == ["captured"]


@pytest.mark.parametrize("told", [True, False], ids=["told", "not told"])
@pytest.mark.parametrize(("succeeded", "ends"), [(True, S.PAID), (False, S.CANCELED)])
def test_money_that_takes_days_keeps_the_order_open_until_the_bank_has_answered(
    stand_in, order, payment, session, told, succeeded, ends
):
    event = stand_in.pay(session, status="unpaid")
    if told:
        keeping.keep(variant="stripe", notification=read(stand_in, payment, event))
    assert give_up(order, overdue=LONG_AGO) == S.PAY_REQUIRED
    assert payment.order.payments.get().status == "preauth"

    stand_in.bank_answers(session, succeeded=succeeded)
    assert give_up(order, overdue=LONG_AGO) == ends


def test_approved_money_is_waited_for_also_while_the_provider_says_nothing(stand_in, order, session):
    stand_in.pay(session, status="unpaid")
    assert give_up(order) == S.PAY_REQUIRED
    stand_in.go_wrong("500")
    assert give_up(order, overdue=LONG_AGO) == S.PAY_REQUIRED


def test_a_session_that_is_being_paid_at_this_moment_keeps_the_order_open(stand_in, order, session):
    stand_in.controls.is_being_paid = True
    assert give_up(order, overdue=LONG_AGO) == S.PAY_REQUIRED
    stand_in.controls.is_being_paid = False
    stand_in.pay(session)
    assert give_up(order, overdue=LONG_AGO) == S.PAID


def test_a_customer_who_cancels_what_is_paid_at_stripe_has_a_paid_order(stand_in, order, session):
    stand_in.pay(session)
    with pytest.raises(PaymentUnderWay):
        cancel(order)
    assert status_of(order) == S.PAID


def test_a_session_that_expired_by_itself_ends_the_order(stand_in, order, session):
    stand_in.expire(session)
    assert give_up(order) == S.CANCELED
    assert order.payments.get().status == "cancelled"


def test_a_provider_is_not_asked_again_before_a_pause_is_over(stand_in, order, session):
    stand_in.pay(session, status="unpaid")
    time_is_over(order)
    tasks.sweep()
    asked = len(stand_in.calls)
    for _ in range(3):
        tasks.sweep()
    assert len(stand_in.calls) == asked
    payment = order.payments.get()
    assert (payment.attempts, payment.failure) == (1, payment_window.UNDER_WAY)
    assert payment.next_attempt_at > timezone.now()


def test_what_was_approved_at_paypal_is_taken_though_no_event_told_of_it(paypal, order, payment):
    page_of(payment)
    paypal.approve(payment.transaction_id)
    assert give_up(order) == S.PAID
    assert len(paypal.captures) == 1


@pytest.mark.parametrize(("ending", "expected"), [("COMPLETED", S.PAID), ("DECLINED", S.CANCELED)])
def test_a_capture_that_paypal_still_looks_at_is_waited_for(paypal, order, payment, ending, expected):
    page_of(payment)
    paypal.controls.capture_status = "PENDING"
    paypal.approve(payment.transaction_id)
    assert give_up(order, overdue=LONG_AGO) == S.PAY_REQUIRED
    assert order.payments.get().status == "preauth"

    paypal.end_capture(payment.transaction_id, ending)
    assert give_up(order, overdue=LONG_AGO) == expected


def test_an_approval_that_paypal_took_back_is_not_waited_for(paypal, order, payment):
    page_of(payment)
    keeping.keep(
        variant="paypal",
        notification=Notification(
            "evt", NotificationKind.AUTHORISED, payment.token, payment.total, payment.currency, "O"
        ),
    )
    assert give_up(order) == S.CANCELED
