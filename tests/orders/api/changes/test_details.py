"""The address and the note of an order over the API."""

from uuid import uuid4

import pytest

from orders.models import Order, OrderChange
from orders.status import OrderStatus
from tests.answers import api_of, refused, wrong_fields
from tests.factories import HUE, complete, make_product, pay
from tests.orders.differing import far_away

pytestmark = pytest.mark.django_db
THERE = {
    "full_name": "Trần Văn Nam",
    "phone": "028 3822 1111",
    "line1": "7 Nguyễn Huệ",
    "city": "Đà Nẵng",
    "region": HUE,
    "postal_code": "550000",
    "country": "VN",
}


@pytest.fixture
def order(buyer):
    return buyer.order_in(OrderStatus.PAID, (make_product(stock=9), 3))


def at(order, noun: str) -> str:
    return f"/api/orders/{order.pk}/{noun}/"


def test_a_customer_previews_another_address_and_note_and_changes_them_once(api, order):
    wish = {"address": THERE, "note": "Ring twice"}
    shown = api.post(at(order, "details-previews"), wish, format="json").json()
    assert shown["address"]["phone"] == "+842838221111"
    assert (shown["amount"], shown["waived"], shown["note"]) == ("0.00", "0.00", "Ring twice")
    assert not OrderChange.objects.exists()

    body = wish | {"id": shown["id"], "based_on": shown["based_on"]}
    for _n in range(2):
        answer = api.post(at(order, "details"), body, format="json")
        assert answer.status_code == 200, answer.content
    seen = answer.json()
    assert (seen["address"]["line1"], seen["note"]) == ("7 Nguyễn Huệ", "Ring twice")
    assert [(one["kind"], one["actor"], one["amount"]) for one in seen["changes"]] == [
        ("details", "customer", "0.00")
    ]


def test_what_costs_more_waits_until_its_customer_has_paid_it(api, order):
    wish = {"address": far_away(), "pay": True}
    refused(
        api.post(at(order, "details-previews"), wish | {"pay": False}, format="json"), 409, "shipping_differs"
    )
    shown = api.post(at(order, "details-previews"), wish, format="json").json()
    assert (shown["amount"], shown["waived"], shown["due"]) == ("0.00", "0.00", "5.50")
    body = wish | {"id": shown["id"], "based_on": shown["based_on"]}
    for _n in range(2):
        answer = api.post(at(order, "details"), body, format="json")
        assert answer.status_code == 200, answer.content
    waits = answer.json()["waiting"]
    assert (waits["kind"], waits["amount"]) == ("details", "5.50")
    fee = api.get(f"/api/orders/{waits['order']}/").json()
    assert (fee["supplement_of"], fee["exchange_of"], fee["lines"]) == (str(order.pk), None, [])
    assert (fee["shipping_fee"], fee["amount_due"], fee["status"]) == ("5.50", "5.50", "pay_required")
    pay(Order.objects.get(pk=waits["order"]))
    seen = api.get(f"/api/orders/{order.pk}/").json()
    assert (seen["waiting"], seen["address"]["city"]) == (None, "Berlin")
    assert api.get(f"/api/orders/{waits['order']}/").json()["status"] == "done"


def test_what_is_refused_has_its_code_and_fields(api, order, staff):
    def post(noun, client=api, **body):
        return client.post(at(order, noun), body, format="json")

    refused(post("details", note="x", id=str(uuid4()), based_on=3), 409, "order_moved_on")
    assert wrong_fields(post("details-previews", address=THERE | {"postal_code": "x"})) == {
        "address.postal_code"
    }
    complete(order)
    refused(post("details-previews", api_of(staff), note="x"), 409, "details_not_possible")
