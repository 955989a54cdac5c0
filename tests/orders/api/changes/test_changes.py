"""Changes of an order over the API: what is left, what a change would do, making it, and asking for one."""

from decimal import Decimal
from uuid import uuid4

import pytest

from orders.models import ChangeRequest, OrderChange
from orders.status import OrderStatus
from tests.answers import api_of, refused, wrong_fields
from tests.factories import change, make_product, return_money

pytestmark = pytest.mark.django_db
S = OrderStatus


@pytest.fixture
def order(buyer):
    return buyer.order_in(S.PAID, (make_product(stock=9, sku="CUP", price=Decimal(10)), 3))


@pytest.fixture
def desk(staff):
    return api_of(staff)


def at(order, noun: str = "") -> str:
    return f"/api/orders/{order.pk}/{noun}"


WISH = {"kind": "cancel", "lines": [{"sku": "CUP", "quantity": 2}], "note": "Vỡ"}


def test_a_change_is_previewed_and_made_once(desk, api, order):
    shown = desk.post(at(order, "change-previews/"), WISH, format="json").json()
    assert (shown["amount"], shown["amount_left"], shown["ends"]) == ("20.00", "14.00", False)
    assert not OrderChange.objects.exists()

    body = WISH | {"id": shown["id"], "based_on": shown["based_on"]}
    for _n in range(2):
        answer = desk.post(at(order, "changes/"), body, format="json")
        assert answer.status_code == 200, answer.content
    assert OrderChange.objects.count() == 1

    seen = api.get(at(order)).json()
    assert (seen["amount_left"], seen["total_amount"]) == ("14.00", "34.00")
    assert seen["pieces_left"] == [{"sku": "CUP", "quantity": 1}]
    (made,) = seen["changes"]
    assert (made["kind"], made["amount"], made["refunded"], made["actor"]) == (
        "cancel",
        "20.00",
        "0.00",
        "staff",
    )
    return_money(order)
    assert api.get(at(order)).json()["changes"][0]["refunded"] == "20.00"


def test_the_answer_to_a_change_that_ends_the_order_says_so(desk, order):
    wish = WISH | {"lines": [{"sku": "CUP", "quantity": 3}]}
    shown = desk.post(at(order, "change-previews/"), wish, format="json").json()
    assert shown["ends"]

    body = wish | {"id": shown["id"], "based_on": shown["based_on"]}
    answers = [desk.post(at(order, "changes/"), body, format="json").json() for _n in range(2)]

    assert [answer["status"] for answer in answers] == [S.REFUND, S.REFUND]


def test_what_is_refused_has_its_code(desk, order):
    gone = WISH | {"id": str(uuid4()), "based_on": 7}
    problem = refused(desk.post(at(order, "changes/"), gone, format="json"), 409, "order_moved_on")
    assert problem["changes"] == 0
    back = WISH | {"kind": "return"}
    problem = refused(
        desk.post(at(order, "change-previews/"), back, format="json"), 409, "change_not_possible"
    )
    assert problem["order_status"] == "paid"
    many = WISH | {"lines": [{"sku": "CUP", "quantity": 4}]}
    assert wrong_fields(desk.post(at(order, "change-previews/"), many, format="json")) == {"lines.CUP"}


def test_customers_change_nothing_themselves(api, order):
    refused(api.post(at(order, "change-previews/"), WISH, format="json"), 403, "permission_denied")
    body = WISH | {"id": str(uuid4()), "based_on": 0}
    refused(api.post(at(order, "changes/"), body, format="json"), 403, "permission_denied")


def test_a_customer_asks_and_sees_what_was_asked_for(api, order):
    wanted = {"kind": "cancel", "lines": [{"sku": "CUP", "quantity": 1}], "note": "Nhầm"}
    answer = api.post(at(order, "change-requests/"), wanted, format="json")
    assert answer.status_code == 200, answer.content
    (asked,) = answer.json()["change_requests"]
    assert (asked["kind"], asked["state"]) == ("cancel", "open")
    assert asked["lines"] == [{"sku": "CUP", "quantity": 1, "exchange_for": None}]

    refused(api.post(at(order, "change-requests/"), wanted, format="json"), 409, "request_not_possible")
    unknown = wanted | {"lines": [{"sku": "HAT", "quantity": 1}]}
    assert wrong_fields(api.post(at(order, "change-requests/"), unknown, format="json")) == {"lines"}
    assert ChangeRequest.objects.count() == 1


def test_changes_are_in_the_feed(api, order, staff):
    made = change(order, "refund", amount=5, actor=staff)
    return_money(order)
    events = api.get("/api/events/").json()["results"]

    (told,) = [event for event in events if event["type"] == "order.changed"]
    assert told["data"] == {
        "order": str(order.pk),
        "number": str(order.number),
        "change": str(made.pk),
        "sequence": 1,
        "kind": "refund",
        "actor": "staff",
        "amount": "5.00",
        "currency": "USD",
    }
    assert events[-1]["type"] == "order.money_returned"


def test_a_list_takes_no_more_statements_for_more_changes(api, order, staff, django_assert_num_queries):
    change(order, "refund", amount=1, actor=staff)
    api.get("/api/orders/")
    with django_assert_num_queries(7) as first:
        api.get("/api/orders/")
    change(order, "refund", amount=1, actor=staff)
    with django_assert_num_queries(len(first)):
        api.get("/api/orders/")
