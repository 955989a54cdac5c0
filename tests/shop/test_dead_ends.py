"""Where something ends, a page says why and leads on."""

import pytest
from django.test import Client

from orders.actions.money.payment import start_payment
from orders.models import Payment, PaymentStatus
from orders.status import OrderStatus
from tests.factories import (
    ask_refund,
    cancel,
    confirm,
    make_numbered,
    make_product,
    pay,
    return_money,
)
from tests.shop.conftest import stored, words

pytestmark = pytest.mark.django_db


def shown(customer, order) -> str:
    return customer.text(order.get_absolute_url())


def test_not_confirmed_names_what_was_short_and_puts_the_rest_back(customer, buyer):
    suite, mug = make_numbered(numbers=1, name="River suite"), make_product(stock=5)
    order = buyer.place((suite, 2), (mug, 2))
    confirm(order)
    assert "River suite is sold out" in shown(customer, order)
    assert order.history.last().note == "River suite"
    answer = customer.post(f"{order.get_absolute_url()}again/", follow=True)
    assert stored(buyer.user) == {suite.sku: 1, mug.sku: 2}
    assert "River suite: no more than 1 can be ordered now" in words(answer)


def test_a_canceled_order_says_why_what_became_of_the_money_and_can_be_ordered_again(customer, buyer):
    mug = make_product(stock=5)
    order = buyer.place((mug, 1))
    confirm(order)
    cancel(order)
    text = shown(customer, order)
    assert "Requested by the customer." in text and "Nothing was charged." in text
    customer.post(f"{order.get_absolute_url()}again/")
    assert stored(buyer.user) == {mug.sku: 1}


def test_a_refunded_order_says_how_much_went_back(customer, buyer):
    order = buyer.order_in(OrderStatus.PAY_REQUIRED)
    pay(order)
    ask_refund(order)
    return_money(order)
    assert "$16.50 went back to you" in shown(customer, order)
    assert "Nothing was charged" not in shown(customer, order)


def test_what_left_the_shop_is_named_when_ordering_again(customer, buyer):
    mug = make_product(stock=5, name="Old mug")
    order = buyer.place((mug, 1))
    mug.is_active = False
    mug.save()
    answer = customer.post(f"{order.get_absolute_url()}again/", follow=True)
    assert "No longer on sale, so not in your cart: Old mug." in words(answer)


def test_nobody_orders_somebody_elses_order_again(visitor, buyer, customer):
    order = buyer.place((make_product(stock=5), 1))
    assert visitor.post(f"{order.get_absolute_url()}again/").status_code == 302
    assert customer.get(f"{order.get_absolute_url()}again/").url == order.get_absolute_url()


def test_the_address_of_a_form_is_a_page_for_those_who_open_it(visitor):
    answer = visitor.get("/cart/add/")
    assert answer.status_code == 405 and answer["Allow"] == "POST"
    assert "Go to the shop" in words(answer)


@pytest.mark.parametrize(
    ("came_from", "leads_to"),
    [
        ("http://testserver/products/", "http://testserver/products/"),
        ("https://evil.example/", "/"),
        ("", "/"),
    ],
)
def test_a_form_that_was_open_too_long_leads_back_to_its_page(db, came_from, leads_to):
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/cart/add/", {"sku": "x"}, headers={"referer": came_from} if came_from else {})
    assert answer.status_code == 403
    assert f'class="button" href="{leads_to}"' in words(answer)


def test_every_page_has_a_contact_to_click(visitor, settings):
    settings.SHOP_EMAIL = "help@shop.example"
    assert 'href="mailto:help@shop.example"' in visitor.text("/")
    assert 'href="mailto:help@shop.example"' in visitor.text("/nothing-here/")


def test_an_approved_payment_is_not_asked_for_again(customer, buyer):
    order = buyer.order_in(OrderStatus.PAY_REQUIRED)
    payment = start_payment(order_id=order.pk, actor=buyer.user).payment
    assert 'id="step-pay"' in shown(customer, order)
    Payment.objects.filter(pk=payment.pk).update(status=PaymentStatus.PREAUTH)
    text = shown(customer, order)
    assert "Your payment is on its way." in text and 'id="step-pay"' not in text
