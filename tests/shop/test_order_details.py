"""The page on which a customer changes the address or the note of an order, in two steps; and the desk's."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from orders.documents.packing import address_labels
from orders.links import make_link
from orders.models import Order, OrderChange
from orders.status import OrderStatus
from tests.factories import HUE, complete, make_product, make_user, pay, staff_of
from tests.orders.differing import far_away

pytestmark = pytest.mark.django_db
S = OrderStatus
TYPED = {
    "full_name": "Trần Văn Nam",
    "phone": "028 3822 1111",
    "line1": "7 Nguyễn Huệ",
    "line2": "",
    "city": "Đà Nẵng",
    "region": HUE,
    "postal_code": "550000",
    "country": "VN",
    "note": "Gọi trước\r\nnhé",
}


@pytest.fixture
def order(buyer):
    return buyer.order_in(S.PAID, (make_product(stock=9, price=Decimal(10)), 3))


@pytest.fixture
def page(order) -> str:
    return reverse("order-details", args=[order.pk])


@pytest.fixture
def customer(client, order):
    client.force_login(order.customer)
    return client


def shown_in(html: str) -> dict:
    return dict(re.findall(r'<input type="hidden" name="(id|based_on)" value="([^"]+)"', html))


def test_a_customer_looks_at_it_first_and_then_changes_it_once(customer, order, page):
    assert 'id="order-details"' in customer.get(order.get_absolute_url()).content.decode()
    assert "12 Lê Lợi" in customer.get(page).content.decode()

    html = customer.post(page, TYPED).content.decode()
    assert "details-confirm" in html
    assert not OrderChange.objects.exists()
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', html))
    assert hidden["line1"] == "7 Nguyễn Huệ"

    again = TYPED | shown_in(html) | {"confirmed": "1"}
    seen = customer.post(page, again, follow=True).content.decode()
    customer.post(page, again)
    assert OrderChange.objects.count() == 1
    order = Order.objects.get()
    assert (order.address_snapshot["phone"], order.note) == ("+842838221111", "Gọi trước\nnhé")
    assert 'data-change="details"' in seen
    assert "7 Nguyễn Huệ" in seen


def test_what_is_wrong_is_said_beside_the_field(customer, page):
    html = customer.post(page, TYPED | {"phone": "1"}).content.decode()
    assert "has-errors" in html
    html = customer.post(page, TYPED | {"full_name": "\U0001200b"}).content.decode()
    assert "can&#x27;t be printed" in html
    assert not OrderChange.objects.exists()


def test_what_was_shown_can_be_typed_anew(customer, page):
    html = customer.post(page, TYPED | {"change": "1"}).content.decode()
    assert "details-next" in html
    assert "7 Nguyễn Huệ" in html


def test_it_is_for_the_signed_in_customer_until_the_parcel_is_packed(client, order, page, staff):
    client.get(reverse("order-link", args=[make_link(order)]))
    assert "order-details" not in client.get(order.get_absolute_url()).content.decode()
    assert client.get(page).status_code == 302  # to sign in
    client.force_login(make_user())
    assert client.get(page).status_code == 404
    client.force_login(order.customer)
    address_labels(order_ids=[order.pk], actor=staff)
    assert "order-details" not in client.get(order.get_absolute_url()).content.decode()
    assert client.post(page, TYPED).status_code == 302
    assert not OrderChange.objects.exists()


def test_what_sending_farther_costs_is_shown_and_paid_before_it_is_changed(customer, order, page):
    typed = far_away() | {"note": ""}
    html = customer.post(page, typed).content.decode()
    assert 'data-due="5.50"' in html
    seen = customer.post(page, typed | shown_in(html) | {"confirmed": "1"}, follow=True)
    fee = Order.objects.get(is_supplement=True)
    assert seen.redirect_chain[-1][0] == fee.get_absolute_url()
    html = seen.content.decode()
    assert f"Sending order {order.number} to its new address costs more." in html
    assert "Pay $5.50" in html
    assert 'id="order-details"' not in html
    assert "data-waiting" in customer.get(order.get_absolute_url()).content.decode()
    pay(fee)
    html = customer.get(fee.get_absolute_url()).content.decode()
    assert f"Order {order.number} goes to its new address" in html
    assert 'id="order-again"' not in html
    assert "Berlin" in customer.get(order.get_absolute_url()).content.decode()
    assert str(fee.number) in customer.get(reverse("orders")).content.decode()


# --- the desk ---------------------------------------------------------------------------------------------------------


def test_staff_change_it_at_the_desk_although_it_is_packed(client, order, staff):
    client.force_login(staff)
    address_labels(order_ids=[order.pk], actor=staff)
    page = reverse("admin:orders_order_details", args=[order.pk])
    assert page in client.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()
    assert "packed already" in client.post(page, TYPED).content.decode()

    typed = TYPED | {"although_packed": "on", "why": "Phoned"}
    html = client.post(page, typed).content.decode()
    assert not OrderChange.objects.exists()
    client.post(page, typed | shown_in(html) | {"confirmed": "1"})
    assert OrderChange.objects.get().note == "Phoned"
    assert "That is what stands there" in client.post(page, typed).content.decode()


def test_staff_let_the_customer_pay_it(client, order, staff):
    client.force_login(staff)
    page = reverse("admin:orders_order_details", args=[order.pk])
    typed = far_away() | {"note": "", "why": "Phoned"}
    assert "another price" in client.post(page, typed).content.decode()
    html = client.post(page, typed | {"pay": "on"}).content.decode()
    assert "$5.50 more, which the customer pays" in html
    said = client.post(page, typed | {"pay": "on", "confirmed": "1"} | shown_in(html), follow=True)
    fee = Order.objects.get(is_supplement=True)
    assert f"once the customer has paid order {fee.number}" in said.content.decode()
    html = client.get(reverse("admin:orders_order_change", args=[fee.pk])).content.decode()
    assert "For another address of order" in html


def test_the_desk_says_what_is_wrong_and_keeps_those_without_the_right_out(client, order, staff):
    page = reverse("admin:orders_order_details", args=[order.pk])
    client.force_login(staff)
    html = client.post(page, TYPED | {"postal_code": "x"}).content.decode()
    assert "no postal code of this country" in html
    client.force_login(staff_of("support"))
    assert client.get(page).status_code == 403
    client.force_login(staff_of("fulfilment"))
    complete(order)
    assert "order is sent" in client.post(page, TYPED).content.decode()
