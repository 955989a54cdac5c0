"""The one door of every status change, payments through it, and the sweep that does whatever is due."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from catalog.models import Number
from orders import tasks
from orders.actions import cancellation
from orders.actions.money import payment_window
from orders.actions.money.payment import start_payment
from orders.lifecycle.locking import OrderNotFound
from orders.lifecycle.transitions import StepNotAllowed, change_status
from orders.models import Order, Refund, StatusChange
from orders.payments import refunds, returning
from orders.payments.recording import record_decline
from orders.status import STEPS, OrderStatus, Reason, Step
from tests.factories import capture, make_numbered, make_product

pytestmark = [pytest.mark.django_db, pytest.mark.flow]

S = OrderStatus


def order_in(buyer, status) -> Order:
    return buyer.order_in(status, (make_numbered(numbers=0 if status == S.NOT_CONFIRMED else 1), 1))


def status_of(order) -> str:
    return Order.objects.get(pk=order.pk).status


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("status", S)
def test_a_step_is_taken_from_its_source_alone_and_leaves_one_row(buyer, status, step):
    order = order_in(buyer, status)
    rows = StatusChange.objects.filter(order=order)
    before = rows.count()
    source, target = STEPS[step]

    if status != source:
        with pytest.raises(StepNotAllowed) as refused:
            change_status(order_id=order.pk, step=step, reason=Reason.NONE)
        assert refused.value.members == {"order_status": status}
        assert (status_of(order), rows.count()) == (status, before)
        return
    after = change_status(order_id=order.pk, step=step, reason=Reason.NONE, actor=buyer.user, note="so")

    assert status_of(order) == after.status == target
    assert rows.count() == before + 1
    row = rows.last()
    assert (row.sequence, row.from_status, row.to_status, row.at) == (
        before + 1,
        source,
        target,
        after.status_since,
    )
    assert (row.actor, row.reason, row.note) == (buyer.user, "", "so")


def test_an_order_that_is_none_takes_no_step(db):
    with pytest.raises(OrderNotFound):
        change_status(order_id="01890000-0000-7000-8000-000000000000", step=Step.CANCEL, reason=Reason.NONE)


# --- payments --------------------------------------------------------------------------------------------------------


def started(order):
    return start_payment(order_id=order.pk, actor=order.customer).payment


def test_a_payment_is_of_the_orders_amount_and_currency_to_the_customers_email(buyer):
    order = order_in(buyer, S.PAY_REQUIRED)

    payment = started(order)

    assert (payment.total, payment.currency) == (order.total_amount, order.currency)
    assert payment.billing_email == buyer.user.email
    assert payment.status == "waiting"


def test_a_payment_taken_makes_the_order_paid_once(buyer):
    order = order_in(buyer, S.PAY_REQUIRED)
    payment = started(order)

    for _ in range(2):
        capture(payment)

    payment.refresh_from_db()
    assert (status_of(order), payment.status, payment.captured_amount) == ("paid", "confirmed", payment.total)
    assert StatusChange.objects.filter(order=order, to_status="paid").count() == 1


def test_a_payment_declined_leaves_the_order_to_be_paid_again(buyer):
    order = order_in(buyer, S.PAY_REQUIRED)
    declined = started(order)
    record_decline(payment_id=declined.pk)

    again = start_payment(order_id=order.pk, actor=order.customer)

    declined.refresh_from_db()
    assert (declined.status, declined.captured_amount) == ("rejected", 0)
    assert again.is_new
    assert again.payment != declined
    assert status_of(order) == "pay_required"


@pytest.mark.parametrize("difference", ["-0.01", "0.01", "-10"])
def test_another_amount_than_the_orders_pays_nothing_and_goes_back(buyer, difference):
    order = order_in(buyer, S.PAY_REQUIRED)
    payment = started(order)

    capture(payment, payment.total + Decimal(difference))

    refund = payment.refunds.get()
    assert (status_of(order), refund.cause) == ("pay_required", "wrong_amount")
    refunds.work_on(refund_id=refund.pk)
    payment.refresh_from_db()
    assert (status_of(order), payment.status, returning.balance(order)) == ("pay_required", "refunded", 0)
    assert start_payment(order_id=order.pk, actor=order.customer).is_new


def test_money_for_an_order_that_was_canceled_goes_back_by_itself(buyer):
    order = order_in(buyer, S.PAY_REQUIRED)
    payment = started(order)
    cancellation.cancel_order(order_id=order.pk, actor=None, reason=Reason.STAFF_DECISION)

    capture(payment)

    refund = payment.refunds.get()
    assert (status_of(order), refund.cause, returning.balance(order)) == ("canceled", "late", payment.total)
    refunds.work_on(refund_id=refund.pk)
    assert (status_of(order), returning.balance(order)) == ("canceled", 0)
    assert order.emails.filter(kind="late_money_returned").count() == 1


def test_a_second_payment_of_one_order_goes_back(buyer):
    order = order_in(buyer, S.PAY_REQUIRED)
    first = started(order)
    record_decline(payment_id=first.pk)
    second = started(order)

    capture(second)
    capture(first)

    refund = first.refunds.get()
    assert (status_of(order), refund.cause) == ("paid", "double")
    refunds.work_on(refund_id=refund.pk)
    assert (status_of(order), returning.balance(order)) == ("paid", order.total_amount)


def test_a_refund_returns_what_was_captured(buyer):
    order = order_in(buyer, S.REFUND)

    refund = Refund.objects.get(payment__order=order)
    tasks.refund(str(refund.pk))
    tasks.refund(str(refund.pk))

    payment = order.payments.get()
    assert (status_of(order), payment.status, payment.captured_amount) == ("canceled", "refunded", 0)
    last = StatusChange.objects.filter(order=order).last()
    assert (last.reason, last.actor) == (Reason.MONEY_RETURNED, None)


# --- the sweep -------------------------------------------------------------------------------------------------------


def let_pass(order, seconds: float) -> None:
    """Move the times that the sweep looks at that far into the past."""
    past = timedelta(seconds=seconds)
    order.refresh_from_db(fields=["status_since", "pay_by"])
    Order.objects.filter(pk=order.pk).update(
        status_since=order.status_since - past, pay_by=order.pay_by and order.pay_by - past
    )
    again = timezone.now() - timedelta(seconds=seconds - 60)
    Refund.objects.filter(payment__order=order).update(next_attempt_at=again)


DUE = [(S.PENDING, "pay_required"), (S.PAY_REQUIRED, "canceled"), (S.REFUND, "canceled")]


@pytest.fixture
def _windows(settings):
    settings.PENDING_SWEEP_AFTER = settings.ORDER_PAYMENT_WINDOW = 60


@pytest.mark.usefixtures("_windows")
@pytest.mark.parametrize(("status", "becomes"), DUE)
def test_the_sweep_does_what_is_due_and_leaves_what_is_fresh(buyer, status, becomes):
    due, fresh = order_in(buyer, status), order_in(buyer, status)
    let_pass(due, 61)
    let_pass(fresh, 30)

    tasks.sweep()
    tasks.sweep()

    assert (status_of(due), status_of(fresh)) == (becomes, status)


@pytest.mark.usefixtures("_windows")
@pytest.mark.parametrize("status", [S.NOT_CONFIRMED, S.PAID, S.DONE, S.CANCELED])
def test_the_sweep_leaves_orders_that_wait_for_nothing(buyer, status):
    order = order_in(buyer, status)
    let_pass(order, 10_000)
    rows = StatusChange.objects.count()

    tasks.sweep()

    assert (status_of(order), StatusChange.objects.count()) == (status, rows)


@pytest.mark.usefixtures("_windows")
def test_an_order_not_paid_in_time_says_so_and_gives_its_pieces_back(buyer):
    product = make_product(stock=5)
    order = buyer.order_in(S.PAY_REQUIRED, (product, 2))
    payment = started(order)
    let_pass(order, 61)

    tasks.sweep()

    product.refresh_from_db()
    payment.refresh_from_db()
    last = StatusChange.objects.filter(order=order).last()
    assert (last.reason, last.actor) == (Reason.PAYMENT_WINDOW_PASSED, None)
    assert (product.stock_quantity, payment.status) == (5, "cancelled")


@pytest.mark.usefixtures("_windows")
@pytest.mark.parametrize("status", [S.PAY_REQUIRED, S.REFUND])
def test_an_order_that_fails_does_not_keep_the_sweep_from_the_others(buyer, status, caplog):
    """The oldest order's number was freed behind the shop's back, so that giving it back is refused."""
    broken, whole = order_in(buyer, status), order_in(buyer, status)
    let_pass(broken, 600)
    let_pass(whole, 300)
    Number.objects.filter(allocation__line__order=broken).update(state=Number.State.FREE)

    tasks.sweep()

    assert (status_of(broken), status_of(whole)) == (status, "canceled")
    failures = [record for record in caplog.records if record.levelname == "ERROR"]
    assert [record.getMessage().endswith("failed, it is tried again") for record in failures] == [True]
    let_pass(broken, 600)
    Number.objects.filter(allocation__line__order=broken).update(state=Number.State.TAKEN)
    tasks.sweep()
    assert status_of(broken) == "canceled"


@pytest.mark.usefixtures("_windows")
def test_an_order_paid_in_the_last_moment_is_not_canceled(buyer):
    order = order_in(buyer, S.PAY_REQUIRED)
    payment = started(order)
    let_pass(order, 61)
    capture(payment)

    tasks.sweep()

    assert payment_window.cancel_unpaid(order_id=order.pk).status == "paid"
