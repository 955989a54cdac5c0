"""Exchanging pieces at the desk and over the API; what the pages of both orders say."""

import re
from uuid import uuid4

import pytest
from django.urls import reverse

from orders.models import Exchange, Order
from orders.status import OrderStatus
from tests.answers import api_of, refused
from tests.factories import make_product, make_user, shirts, staff_of

pytestmark = pytest.mark.django_db
S = OrderStatus
TYPED = {"what": "SHIRT-M → SHIRT-L", "quantity": "1", "note": "Chật quá"}
SWAP = {"sku": "SHIRT-M", "to": "SHIRT-L", "quantity": 1, "note": "Chật quá"}


@pytest.fixture
def order(buyer):
    return buyer.order_in(S.PAID, (shirts()[0], 2))


@pytest.fixture
def page(order) -> str:
    return reverse("admin:orders_order_exchange", args=[order.pk])


def shown_in(html: str) -> dict:
    return dict(re.findall(r'<input type="hidden" name="(id|based_on)" value="([^"]+)"', html))


def test_an_exchange_is_shown_first_and_then_made_once(client, staff, order, page):
    client.force_login(staff)
    assert page in client.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()
    assert "SHIRT-L" in client.get(page).content.decode()
    html = client.post(page, TYPED).content.decode()
    assert "$0.00 goes back to the customer." in html
    assert not Exchange.objects.exists()

    confirmed = TYPED | shown_in(html) | {"confirmed": "1"}
    response = client.post(page, confirmed, follow=True)
    new = Order.objects.get(is_exchange=True)
    assert response.redirect_chain[-1][0] == reverse("admin:orders_order_change", args=[new.pk])
    assert "data-exchange-of" in response.content.decode()
    client.post(page, confirmed)
    assert Exchange.objects.count() == 1
    assert (
        str(new.number) in client.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()
    )

    client.force_login(order.customer)
    assert "data-exchanged" in client.get(order.get_absolute_url()).content.decode()
    assert "data-exchange-of" in client.get(new.get_absolute_url()).content.decode()


def test_the_desk_says_what_is_wrong_and_keeps_those_without_the_right_out(client, staff, order, page, buyer):
    client.force_login(staff)
    assert "At most 2 are left." in client.post(page, TYPED | {"quantity": "3"}).content.decode()
    other = buyer.order_in(S.PAID, (make_product(stock=1), 1))
    html = client.get(reverse("admin:orders_order_change", args=[other.pk])).content.decode()
    assert 'id="to-exchange"' not in html
    client.force_login(staff_of("fulfilment"))
    assert client.get(page).status_code == 403


def test_the_api_previews_and_makes_it(staff, api, order):
    desk = api_of(staff)
    at = f"/api/orders/{order.pk}/"
    shown = desk.post(f"{at}exchange-previews/", SWAP, format="json").json()
    assert (shown["price"], shown["amount"], shown["waived"]) == ("10.00", "0.00", "0.00")
    body = SWAP | {"id": shown["id"], "based_on": shown["based_on"]}
    for _n in range(2):
        answer = desk.post(f"{at}exchanges/", body, format="json")
        assert answer.status_code == 200, answer.content
    new = answer.json()
    assert (new["exchange_of"], new["status"], new["total_amount"]) == (str(order.pk), "paid", "10.00")
    (made,) = api.get(at).json()["changes"]
    assert made["exchange_order"] == new["id"]
    refused(desk.post(f"{at}exchanges/", body | {"id": str(uuid4())}, format="json"), 409, "order_moved_on")
    assert api_of(make_user()).post(f"{at}exchanges/", body, format="json").status_code in (403, 404)
