"""Changes of one order at one moment, on connections of their own: one is first, and the others see what it did."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from catalog.models import Product
from orders.actions import cancellation
from orders.actions.changes.changes import Wish, apply_change, preview_change
from orders.actions.money.payment import start_payment
from orders.actions.steps import take_step
from orders.models import Invoice, LedgerEntry, Order, OrderChange, Refund
from orders.payments import refunds, returning
from orders.payments.made_at_provider import note_made_at_provider
from orders.pricing.left import left_of_order
from orders.status import OrderStatus, Reason, Step
from tests.factories import Buyer, capture, complete, make_product, make_staff, return_money
from tests.orders.audited import run
from tests.parallel import at_once

pytestmark = pytest.mark.django_db(transaction=True)
S, K = OrderStatus, OrderChange.Kind


@pytest.fixture
def order(db) -> Order:
    return Buyer().order_in(S.PAID, (make_product(stock=9, sku="CUP", price=Decimal(10)), 3))


def applying(order, staff, kind, pieces=0, amount=0):
    """A call that applies a change which was previewed before."""
    wish = Wish(kind=kind, quantities={"CUP": pieces} if pieces else {}, amount=Decimal(amount), note="?")
    shown = preview_change(order_id=order.pk, actor=staff, wish=wish)
    given = {
        "order_id": order.pk,
        "actor": staff,
        "change_id": shown.id,
        "based_on": shown.based_on,
        "wish": wish,
    }
    return lambda: apply_change(**given)


def codes(results) -> list[str]:
    return sorted(getattr(result, "code", "done") for result in results)


def settled(order) -> None:
    """All money that is to go back has gone, and the books add up."""
    return_money(order)
    order.refresh_from_db(fields=["number"])
    assert run() == []
    assert returning.balance(order) == sum((one.total for one in Invoice.objects.all()), Decimal(0))


def test_two_staff_refund_the_same_line_and_one_is_told_that_the_order_moved_on(order):
    calls = [applying(order, make_staff(), K.CANCEL, pieces=2) for _n in range(2)]
    assert codes(at_once(calls)) == ["done", "order_moved_on"]
    assert OrderChange.objects.count() == Refund.objects.count() == 1
    settled(order)


def test_the_same_preview_applied_at_once_is_one_change(order):
    call = applying(order, make_staff(), K.CANCEL, pieces=2)
    first, second = at_once([call, call])
    assert first == second
    assert (OrderChange.objects.count(), Refund.objects.count()) == (1, 1)
    settled(order)


def test_a_return_against_money_back_is_one_of_them(order):
    complete(order)
    calls = [
        applying(order, make_staff(), K.RETURN, pieces=3),
        applying(order, make_staff(), K.REFUND, amount=30),
    ]
    assert codes(at_once(calls)) == ["done", "order_moved_on"]
    settled(order)


def test_a_change_against_a_full_refund_returns_everything_once(order):
    staff = make_staff()
    calls = [
        applying(order, staff, K.CANCEL, pieces=2),
        lambda: cancellation.ask_refund(
            order_id=order.pk, actor=staff, reason=Reason.STAFF_DECISION, note="?"
        ),
    ]
    assert codes(at_once(calls)) in (["done", "done"], ["change_not_possible", "done"])
    settled(order)
    assert (Order.objects.get().status, returning.balance(order)) == (S.CANCELED, 0)
    assert Product.objects.get(sku="CUP").stock_quantity == 9


def test_a_change_against_sending_knows_what_was_sent(order):
    staff = make_staff()
    calls = [
        applying(order, staff, K.CANCEL, pieces=2),
        lambda: take_step(order_id=order.pk, step=Step.COMPLETE, actor=staff),
    ]
    results = codes(at_once(calls))
    canceled = 2 if results == ["done", "done"] else 0
    product = Product.objects.get(sku="CUP")
    assert (product.stock_quantity, product.promised) == (6 + canceled, 0)
    settled(order)


def test_a_change_against_a_second_capture_returns_each_its_own(order):
    payment = order.payments.get()
    calls = [
        applying(order, make_staff(), K.CANCEL, pieces=2),
        lambda: capture(payment, reference="again"),
    ]
    at_once(calls)
    assert sorted(Refund.objects.values_list("cause", "amount")) == [
        ("change", Decimal(20)),
        ("double", order.total_amount),
    ]
    settled(order)


def test_a_change_against_a_return_at_the_provider_never_returns_more_than_there_is(order):
    charge = LedgerEntry.objects.get(kind="captured")

    def by_hand():
        return note_made_at_provider(
            payment_id=charge.payment_id, charge=charge.reference, amount=Decimal(20), reference="re_hand"
        )

    calls = [applying(order, make_staff(), K.CANCEL, pieces=2), by_hand]
    at_once(calls)
    return_money(order)
    order = Order.objects.get()
    assert order.status == S.PAID
    assert returning.balance(order) == left_of_order(order).amount
    assert returning.balance(order) == sum((one.total for one in Invoice.objects.all()), Decimal(0))


def test_two_workers_note_the_parts_of_one_capture(order):
    staff = make_staff()
    for _n in range(2):
        applying(order, staff, K.REFUND, amount=5)()
    ids = list(Refund.objects.values_list("pk", flat=True))
    at_once([lambda pk=pk: refunds.work_on(refund_id=pk) for pk in (*ids, *ids)])
    assert Invoice.objects.filter(kind="credit_note").count() == 2
    settled(order)


def test_the_database_counts_under_a_lock_of_its_own(order):
    """Rows written past the order's lock: the second waits for the first, and sees it."""
    staff = make_staff()
    applying(order, staff, K.REFUND, amount=1)()
    made, charge = OrderChange.objects.get(), LedgerEntry.objects.get(kind="captured")
    ways = [(charge.payment_id, attempt) for attempt in (7, 8)]

    def refund(payment_id, attempt):
        try:
            with transaction.atomic():
                Refund.objects.create(
                    payment_id=payment_id,
                    capture=charge,
                    attempt=attempt,
                    cause="order",
                    amount=order.total_amount - 1,
                )
        except IntegrityError:
            return "refused"
        return "made"

    def change(sequence):
        try:
            with transaction.atomic():
                OrderChange.objects.create(
                    order=order, sequence=sequence, kind=K.REFUND, amount=order.total_amount - 1
                )
        except IntegrityError:
            return "refused"
        return "made"

    Refund.objects.filter(change=made).update(state="refused", next_attempt_at=None)
    assert sorted(at_once([lambda way=way: refund(*way) for way in ways])) == ["made", "refused"]
    assert sorted(at_once([lambda n=n: change(n) for n in (2, 3)])) == ["made", "refused"]
    connection.close()


def test_a_change_against_a_late_capture_of_a_canceled_order(order):
    other = Buyer().order_in(S.PAY_REQUIRED, (make_product(stock=1), 1))
    payment = start_payment(order_id=other.pk, actor=other.customer).payment
    wish = Wish(kind=K.REFUND, amount=Decimal(1), note="?")
    staff = make_staff()

    def change():
        shown = preview_change(order_id=other.pk, actor=staff, wish=wish)
        return apply_change(order_id=other.pk, actor=staff, change_id=shown.id, based_on=0, wish=wish)

    results = codes(at_once([change, lambda: capture(payment)]))
    assert results in (["change_not_possible", "done"], ["done", "done"])
    return_money(other)
    assert run() == []
