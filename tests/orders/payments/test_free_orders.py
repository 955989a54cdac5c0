"""An order that costs nothing: nobody is asked to pay it, and nothing has to go back."""

from decimal import Decimal

import pytest

from orders import audit
from orders.actions.money.payment import start_payment
from orders.lifecycle.confirmation import confirm_order
from orders.models import Email, Order, PriceBand, Refund
from orders.status import OrderStatus, Reason
from tests.factories import ask_refund, make_numbered, make_product
from tests.orders.post import message_for

pytestmark = pytest.mark.django_db

S = OrderStatus


@pytest.fixture
def free(buyer):
    PriceBand.objects.update(fee=0)
    return lambda product: buyer.place((product, 1))


def path(order: Order) -> list[str]:
    return list(order.history.values_list("to_status", flat=True))


def emails(order: Order) -> list[str]:
    return list(Email.objects.filter(order=order).order_by("pk").values_list("kind", flat=True))


def test_an_order_that_costs_nothing_is_paid_when_it_is_confirmed(free):
    order = confirm_order(order_id=free(make_numbered(numbers=1, price=Decimal(0))).pk)

    assert order.status == S.PAID
    assert path(order) == [S.PENDING, S.PAY_REQUIRED, S.PAID]
    assert order.history.last().reason == Reason.NOTHING_TO_PAY
    assert not order.payments.exists()
    assert list(audit.findings()) == []


def test_nobody_is_asked_to_pay_nothing(free):
    order = confirm_order(order_id=free(make_product(stock=1, price=Decimal(0))).pk)

    assert emails(order) == ["placed", "paid"]


def test_an_order_whose_shipping_costs_something_is_not_free(buyer):
    order = confirm_order(order_id=buyer.place((make_product(stock=1, price=Decimal(0)), 1)).pk)

    assert order.status == S.PAY_REQUIRED
    assert start_payment(order_id=order.pk, actor=order.customer).payment.total == order.shipping_fee > 0


def test_a_free_order_given_back_is_canceled_at_once_with_its_stock(free):
    product = make_product(stock=1, price=Decimal(0))
    order = confirm_order(order_id=free(product).pk)

    ask_refund(order)

    order = Order.objects.get(pk=order.pk)
    product.refresh_from_db()
    assert order.status == S.CANCELED
    assert order.history.last().reason == Reason.NOTHING_TO_RETURN
    assert product.stock_quantity == 1
    assert not Refund.objects.exists()
    assert emails(order) == ["placed", "paid", "canceled"]
    assert list(audit.findings()) == []


def test_the_email_about_a_free_order_tells_of_no_payment(free):
    order = confirm_order(order_id=free(make_product(stock=1, price=Decimal(0))).pk)

    message = message_for(order, "paid")

    assert message.subject == f"Order {order.number}: we are getting it ready"
    assert "There is nothing to pay, and we are getting your order ready." in message.body
    assert "payment" not in message.subject + message.body.split("Order ", 1)[0]
