"""Providers, customers and the shop's clock at the same moment: whoever comes first, the books add up."""

from functools import partial

import pytest

from orders import audit
from orders.actions.money import payment_window
from orders.actions.money.payment import start_payment
from orders.models import LedgerEntry, Order, Payment
from orders.payments import returning
from orders.payments.providers.base import NotificationKind
from orders.status import OrderStatus
from tests.factories import ask_refund, cancel, capture, return_money
from tests.orders.told import status_of, tell, unexplained
from tests.parallel import at_once

pytestmark = pytest.mark.flow

S = OrderStatus
K = NotificationKind


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rounds", [10, pytest.param(200, marks=pytest.mark.long)])
class TestRaces:
    """Whoever comes first, the books add up."""

    def test_capture_against_the_customers_cancel(self, buyer, rounds):
        for _ in range(rounds):
            order, payment = payable(buyer)
            at_once([partial(capture, payment), partial(cancel, order)])
            settled(order)

    def test_capture_against_the_end_of_the_window(self, buyer, rounds):
        for _ in range(rounds):
            order, payment = payable(buyer)
            Order.objects.filter(pk=order.pk).update(pay_by=order.placed_at)
            at_once([partial(capture, payment), partial(payment_window.cancel_unpaid, order_id=order.pk)])
            settled(order)

    def test_webhook_and_browser_return_at_the_same_moment(self, buyer, rounds):
        for number in range(rounds):
            order, payment = payable(buyer)
            webhooks = [partial(tell, payment, K.CAPTURED, f"evt-{number}", reference="ch_1")] * 3
            at_once([*webhooks, partial(capture, payment, None, "ch_1")])
            assert status_of(order) == S.PAID
            settled(order)

    def test_refund_asked_and_worked_on_twice(self, buyer, rounds):
        for _ in range(rounds):
            order, payment = payable(buyer)
            capture(payment)
            at_once([partial(ask_refund, order)] * 3)
            at_once([partial(return_money, order)] * 3)
            assert (status_of(order), returning.balance(order)) == (S.CANCELED, 0)
            assert LedgerEntry.objects.filter(order=order, kind="refunded").count() == 1

    @pytest.fixture(autouse=True)
    def _books_add_up(self, rounds):
        yield
        with audit.snapshot():
            assert list(audit.findings()) == []


def payable(buyer) -> tuple[Order, Payment]:
    order = buyer.order_in(S.PAY_REQUIRED)
    return order, start_payment(order_id=order.pk, actor=order.customer).payment


def settled(order) -> None:
    """The order's money is explained, and once every refund was worked on it is where it belongs."""
    assert unexplained(order) == 0
    return_money(order)
    assert returning.balance(order) == (order.total_amount if status_of(order) == S.PAID else 0)
