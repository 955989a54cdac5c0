"""Once an order is paid, its other sessions are closed; of two equal charges the one that staff returned went back."""

from decimal import Decimal

import pytest

from orders import audit, tasks
from orders.actions.money.payment import start_payment
from orders.models import Order, Payment, ProviderEvent, Refund
from orders.payments import keeping, provider_events, refunds, returning
from orders.payments.providers.base import Notification, NotificationKind
from orders.pricing.left import left_of_order
from orders.status import OrderStatus
from tests import pauses
from tests.factories import ask_refund, capture, change, make_staff, return_money
from tests.orders.payments.providers.paypal_steps import page_of, tell
from tests.orders.payments.providers.stripe_steps import address_of

S = OrderStatus


@pytest.fixture
def books():
    """Whatever a test did, the books add up."""
    yield
    assert list(audit.findings()) == []


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


def state(order) -> tuple[str, Decimal]:
    found = Order.objects.get(pk=order.pk)
    return found.status, returning.balance(found)


def earlier_payment(order) -> Payment:
    """One at another provider, which was ended, and in which money was on its way."""
    return order.payments.create(
        variant="demo",
        status="cancelled",
        total=order.total_amount,
        currency=order.currency,
        next_attempt_at=None,
    )


# --- other sessions --------------------------------------------------------------------------------------------------
def test_once_paid_the_other_session_is_closed_at_its_provider(stand_in, order, payment):
    earlier = earlier_payment(order)
    address_of(payment)
    capture(earlier)
    assert state(order)[0] == S.PAID

    tasks.sweep()

    assert stand_in.sessions[payment.transaction_id]["status"] == "expired"
    payment.refresh_from_db()
    assert payment.status == "cancelled"


def test_a_provider_that_does_not_answer_then_is_asked_again(stand_in, order, payment):
    address_of(payment)
    capture(earlier_payment(order))
    stand_in.go_wrong("500")
    tasks.sweep()
    assert stand_in.sessions[payment.transaction_id]["status"] == "open"
    pauses.pass_for(Payment.objects.all())
    tasks.sweep()
    assert stand_in.sessions[payment.transaction_id]["status"] == "expired"


def test_a_session_that_was_paid_at_the_same_moment_goes_back_though_its_event_is_lost(
    stand_in, order, payment
):
    address_of(payment)
    stand_in.pay(payment.transaction_id)
    capture(earlier_payment(order))

    tasks.sweep()
    tasks.sweep()

    assert state(order) == (S.PAID, order.total_amount)
    assert [one["amount"] for one in stand_in.refunds] == [int(order.total_amount * 100)]
    assert Refund.objects.get().cause == "double"


def test_an_approval_that_comes_after_the_order_was_paid_is_not_captured(paypal, client, order, payment):
    page_of(payment)
    capture(earlier_payment(order))

    tell(paypal, client, paypal.approve(payment.transaction_id))
    tasks.sweep()

    assert paypal.captures == []
    assert "nothing is taken" in ProviderEvent.objects.get(variant="paypal").remark
    assert state(order) == (S.PAID, order.total_amount)
    payment.refresh_from_db()
    assert payment.status == "cancelled"


def test_a_customer_who_comes_back_to_an_order_that_was_paid_is_not_charged(paypal, order, payment):
    page_of(payment)
    paypal.approve(payment.transaction_id)
    capture(earlier_payment(order))
    provider_events.came_back(order_id=order.pk)
    assert paypal.captures == []


# --- two equal charges -----------------------------------------------------------------------------------------------
@pytest.fixture
def charged_twice(order) -> Order:
    """An order of which two charges came; the second is to go back by itself."""
    payment = start_payment(order_id=order.pk, actor=order.customer).payment
    for charge in ("ch_1", "ch_2"):
        capture(payment, reference=charge)
    assert Refund.objects.get().capture.reference == "ch_2"
    return order


def by_hand(order, charge: str, amount: Decimal | None = None) -> str:
    payment = order.payments.get()
    event = keeping.keep(
        variant=payment.variant,
        notification=Notification(
            f"evt {charge}",
            NotificationKind.REFUNDED,
            amount=amount or order.total_amount,
            currency=order.currency,
            reference=f"hand {charge}",
            charge=charge,
        ),
    )
    return provider_events.act(event_id=event.pk).remark


def test_if_staff_return_the_first_charge_the_second_pays_the_order(charged_twice):
    by_hand(charged_twice, "ch_1")
    tasks.sweep()

    assert state(charged_twice) == (S.PAID, charged_twice.total_amount)
    refund = Refund.objects.get()
    assert (refund.state, refund.next_attempt_at) == ("withdrawn", None)
    assert refunds.work_on(refund_id=refund.pk).state == "withdrawn"
    assert charged_twice.ledger.filter(kind="refunded").count() == 1
    assert (kept(charged_twice), left_of_order(charged_twice).amount) == (charged_twice.total_amount,) * 2

    ask_refund(charged_twice)
    return_money(charged_twice)
    assert (state(charged_twice), kept(charged_twice)) == ((S.CANCELED, 0), 0)


def test_if_a_part_went_back_before_the_first_was_returned_both_go_back(charged_twice):
    """The second would be more than what is left of the order."""
    change(charged_twice, "refund", amount="5")
    refunds.settle_by_hand(refund_id=refuse(charged_twice).pk, actor=make_staff(), note="in cash")
    by_hand(charged_twice, "ch_1", charged_twice.total_amount - 5)
    assert state(charged_twice) == (S.REFUND, charged_twice.total_amount)
    return_money(charged_twice)
    assert (state(charged_twice), kept(charged_twice)) == ((S.CANCELED, 0), 0)


def kept(order) -> Decimal:
    return sum((paper.total for paper in order.invoices.all()), Decimal(0))


def refuse(order) -> Refund:
    part = Refund.objects.get(payment__order=order, cause="change")
    return refunds.note_refused(refund_id=part.pk, why="card closed")


def test_if_staff_return_the_second_charge_the_first_pays_the_order(charged_twice):
    by_hand(charged_twice, "ch_2")
    tasks.sweep()
    assert state(charged_twice) == (S.PAID, charged_twice.total_amount)
    assert Refund.objects.get().state == "done"


def test_if_the_second_was_returned_already_nothing_pays_the_order(charged_twice):
    return_money(charged_twice)
    by_hand(charged_twice, "ch_1")
    assert state(charged_twice) == (S.CANCELED, 0)


def test_if_a_worker_may_have_asked_for_the_second_both_go_back(charged_twice):
    Refund.objects.update(attempts=1)
    by_hand(charged_twice, "ch_1")
    return_money(charged_twice)
    assert state(charged_twice) == (S.CANCELED, 0)


def test_a_refund_that_names_the_first_charge_is_no_other_charges(charged_twice):
    told = Notification(
        "evt",
        NotificationKind.REFUNDED,
        amount=charged_twice.total_amount,
        currency="USD",
        reference="re_1",
        charge="ch_1",
    )
    provider_events.act(event_id=keeping.keep(variant="demo", notification=told).pk)
    row = charged_twice.ledger.get(kind="refunded")
    assert row.capture.reference == "ch_1"
