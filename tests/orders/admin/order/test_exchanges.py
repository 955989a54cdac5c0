"""Exchanging pieces at the desk and over the API; what the pages of both orders say."""

import re
from uuid import uuid4

import pytest
from django.urls import reverse

from orders.models import Exchange, Order
from orders.status import OrderStatus
from tests.answers import api_of, refused
from tests.factories import make_product, make_user, pay, shirts, staff_of
from tests.orders.differing import dear_shirt

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


# --- what costs more, and its customer pays ------------------------------------------------------------------------------

DEARER = {"what": "SHIRT-M → SHIRT-XL", "quantity": "1", "note": "Chật quá", "pay": "on"}


def test_what_costs_more_waits_for_its_customer_who_finds_it_on_both_pages(client, staff, order, page):
    dear_shirt()
    client.force_login(staff)
    assert "The other variant costs more" in client.post(page, DEARER | {"pay": ""}).content.decode()
    html = client.post(page, DEARER).content.decode()
    assert "The customer pays $2.34 of it" in html
    response = client.post(page, DEARER | shown_in(html) | {"confirmed": "1"}, follow=True)
    new = Order.objects.get(is_supplement=True)
    assert response.redirect_chain[-1][0] == reverse("admin:orders_order_change", args=[new.pk])
    said = response.content.decode()
    assert "once the customer has paid it" in said
    assert "data-exchange-of" in said
    old_page = reverse("admin:orders_order_change", args=[order.pk])
    assert "A change waits until its difference is paid" in client.get(old_page).content.decode()

    client.force_login(order.customer)
    html = client.get(order.get_absolute_url()).content.decode()
    assert f'data-waiting="{new.pk}"' in html
    assert new.get_absolute_url() in html
    html = client.get(new.get_absolute_url()).content.decode()
    assert f"What you give back of order {order.number} pays $10.00 of it" in html
    assert "Pay $2.34" in html
    assert order.get_absolute_url() in html
    assert "data-exchange-amount" in html

    pay(new)
    assert "data-exchanged" in client.get(order.get_absolute_url()).content.decode()
    assert "data-waiting" not in client.get(order.get_absolute_url()).content.decode()
    client.force_login(staff)
    assert "A change was made once its difference was paid" in client.get(old_page).content.decode()


def test_the_api_says_what_waits_and_with_which_order_it_is_paid(staff, api, order):
    dear_shirt()
    desk, at = api_of(staff), f"/api/orders/{order.pk}/"
    swap = SWAP | {"to": "SHIRT-XL"}
    refused(desk.post(f"{at}exchange-previews/", swap, format="json"), 409, "exchange_costs_more")
    swap |= {"pay": True}
    shown = desk.post(f"{at}exchange-previews/", swap, format="json").json()
    assert (shown["price"], shown["due"], shown["waived"]) == ("10.00", "2.34", "0.00")
    body = swap | {"id": shown["id"], "based_on": shown["based_on"]}
    for _n in range(2):
        answer = desk.post(f"{at}exchanges/", body, format="json")
        assert answer.status_code == 200, answer.content
    new = answer.json()
    assert (new["exchange_of"], new["supplement_of"]) == (str(order.pk), str(order.pk))
    assert (new["status"], new["total_amount"], new["exchange_amount"], new["amount_due"]) == (
        "pay_required",
        "12.34",
        "10.00",
        "2.34",
    )
    waits = api.get(at).json()["waiting"]
    assert waits == {
        "id": shown["id"],
        "kind": "cancel",
        "order": new["id"],
        "amount": "2.34",
        "pay_by": new["pay_by"],
    }
    refused(desk.post(f"{at}exchange-previews/", swap, format="json"), 409, "change_waits")
    pay(Order.objects.get(pk=new["id"]))
    seen = api.get(at).json()
    assert (seen["waiting"], seen["changes"][0]["exchange_order"]) == (None, new["id"])
