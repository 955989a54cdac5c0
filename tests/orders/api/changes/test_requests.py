"""What may be asked for of an order, over the API, and exchanges that customers ask for."""

from uuid import uuid4

import pytest

from catalog.models import Product
from orders.models import ChangeRequest, Exchange, Order, WaitingChange
from orders.status import OrderStatus
from tests.answers import api_of, refused, wrong_fields
from tests.factories import Buyer, make_product, return_money, shirts
from tests.orders.audited import run
from tests.orders.differing import dear_shirt

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_the_tests_transaction")]
S = OrderStatus


@pytest.fixture
def order(buyer) -> Order:
    """Two shirts in M and a cup, sent."""
    dear_shirt()
    return buyer.order_in(S.DONE, (shirts()[0], 2), (make_product(stock=9, sku="CUP"), 1))


@pytest.fixture
def desk(staff):
    return api_of(staff)


def at(order, noun: str = "") -> str:
    return f"/api/orders/{order.pk}/change-requests/{noun}"


def asking(to: str = "SHIRT-L", kind: str = "return", **more) -> dict:
    line = {"sku": "SHIRT-M", "quantity": 1, "exchange_for": to}
    return {"kind": kind, "lines": [line, {"sku": "CUP", "quantity": 1}]} | more


def accepting(**terms) -> dict:
    return {"id": str(uuid4()), "based_on": 0} | terms


def test_what_may_be_asked_for_names_the_variants_with_what_they_cost_more(api, order):
    shown = api.get(at(order)).json()
    assert shown["kinds"] == ["withdraw", "return"]
    assert shown["withdraw_until"].endswith("Z")
    shirt, cup = shown["lines"]
    assert (cup["sku"], cup["quantity"], cup["variants"]) == ("CUP", 1, [])
    assert (shirt["sku"], shirt["quantity"]) == ("SHIRT-M", 2)
    assert shirt["variants"] == [
        {"sku": "SHIRT-L", "name": "Shirt, L", "price": "10.00", "difference": "0.00", "available": 9},
        {"sku": "SHIRT-XL", "name": "Shirt, XL", "price": "12.34", "difference": "2.34", "available": 9},
    ]


def test_nothing_may_be_asked_for_before_it_is_paid_or_while_a_request_is_open(api, buyer, order):
    unpaid = buyer.order_in(S.PAY_REQUIRED, (shirts()[0], 1))
    nothing = {"kinds": [], "withdraw_until": None, "lines": []}
    assert api.get(at(unpaid)).json() == nothing
    api.post(at(order), asking(), format="json")
    assert api.get(at(order)).json() | {"withdraw_until": None} == nothing
    refused(api_of(Buyer().user).get(at(order)), 404, "not_found")


def test_an_exchange_is_asked_for_and_accepted(api, desk, order):
    answer = api.post(at(order), asking(), format="json")
    assert answer.status_code == 200, answer.content
    (asked,) = answer.json()["change_requests"]
    assert asked["lines"] == [
        {"sku": "SHIRT-M", "quantity": 1, "exchange_for": "SHIRT-L"},
        {"sku": "CUP", "quantity": 1, "exchange_for": None},
    ]

    answer = desk.post(at(order, "acceptance/"), accepting(restocked=["SHIRT-M"]), format="json")
    assert answer.status_code == 200, answer.content
    back, swapped = answer.json()["changes"]
    assert (back["exchange_order"], swapped["exchange_order"]) == (
        None,
        str(Exchange.objects.get().order_id),
    )
    refused(desk.post(at(order, "acceptance/"), accepting(), format="json"), 409, "request_answered")
    return_money(order)
    assert run() == []


def test_the_feed_tells_that_something_was_asked_for(api, order):
    api.post(at(order), asking(), format="json")
    told = api.get("/api/events/").json()["results"][-1]
    assert (told["type"], told["data"]["request"]) == ("order.request_opened", "return")


def test_what_costs_more_waits_until_it_is_paid_unless_staff_say_otherwise(api, desk, order):
    api.post(at(order), asking("SHIRT-XL"), format="json")
    shown = desk.post(at(order, "acceptance/"), accepting(), format="json").json()
    assert (shown["waiting"]["amount"], shown["change_requests"][0]["state"]) == ("2.34", "accepted")
    assert str(WaitingChange.objects.get().supplement_id) == shown["waiting"]["order"]

    # A second one can't wait as well: nothing of it is done.
    api.post(at(order), asking("SHIRT-XL") | {"lines": asking("SHIRT-XL")["lines"][:1]}, format="json")
    had = len(shown["changes"])
    problem = refused(
        desk.post(at(order, "acceptance/"), accepting(based_on=had), format="json"), 409, "change_waits"
    )
    assert problem["waiting_order"] == shown["waiting"]["order"]
    answer = desk.post(at(order, "acceptance/"), accepting(based_on=had, plain=True), format="json")
    assert answer.json()["change_requests"][-1]["state"] == "accepted"


def test_the_shop_may_pay_it(api, desk, order):
    api.post(at(order), asking("SHIRT-XL"), format="json")
    shown = desk.post(at(order, "acceptance/"), accepting(waive=True), format="json").json()
    assert (shown["waiting"], len(shown["changes"])) == (None, 2)


def test_what_is_sold_out_is_refused_with_a_code_and_nothing_is_half_done(api, desk, order):
    api.post(at(order), asking(), format="json")
    Product.objects.filter(sku="SHIRT-L").update(stock_quantity=0)
    problem = refused(
        desk.post(at(order, "acceptance/"), accepting(), format="json"), 400, "insufficient_stock"
    )
    assert (problem["product"], problem["left"]) == ("SHIRT-L", 0)
    assert (ChangeRequest.objects.get().state, order.changes.count()) == ("open", 0)
    refused(desk.post(at(order, "acceptance/"), accepting(based_on=3), format="json"), 409, "order_moved_on")


def test_odd_wishes_are_refused_with_their_code(api, order):
    assert wrong_fields(api.post(at(order), asking("CUP"), format="json")) == {"lines.SHIRT-M"}
    assert wrong_fields(api.post(at(order), asking(kind="withdraw"), format="json")) == {"kind"}
    Product.objects.filter(sku="SHIRT-L").update(stock_quantity=0)
    refused(api.post(at(order), asking(), format="json"), 400, "insufficient_stock")
    assert not ChangeRequest.objects.exists()
