"""GET /api/orders/, one's own list, an order, and its history."""

import json
from decimal import Decimal
from functools import partial

import pytest
from rest_framework.renderers import JSONRenderer
from rest_framework.test import APIClient, APIRequestFactory

from config.api.paging import Cursor
from config.web.middleware import public_address
from orders.api.serializers.preview_output import PreviewOutput
from orders.api.serializers.serializers import OrderOutput
from orders.models import Allocation, Order
from orders.status import OrderStatus
from tests.answers import api_of, refused, statements, wrong_fields
from tests.factories import Buyer, ask_refund, make_numbered, make_picture, make_product, pay

pytestmark = [pytest.mark.django_db, pytest.mark.flow]

ORDERS = "/api/orders/"
S = OrderStatus
KEYS = {
    "id", "number", "status", "status_label", "placed_at", "pay_by", "currency", "items_total", "shipping_fee",
    "total_amount", "shipping_method", "courier", "price_table_id", "address", "needs_parcel", "parcel", "note",
    "tracking_code", "tracking_url", "refunds", "refund_request",
    "refund_asks_because", "lines", "shipping_tax_rate", "shipping_tax", "tax_total", "taxes", "discount_total",
    "shipping_discount", "discounts", "billing", "tax_reason", "amount_left", "pieces_left", "changes", "change_requests",
    "shipments", "amount_due", "gift_cards", "is_pickup", "promised_from", "promised_to", "ready_at", "exchange_of",
    "supplement_of", "exchange_amount", "waiting",
}  # fmt: skip
LINE_KEYS = {
    "sku", "name", "quantity", "list_price", "unit_price", "discount", "line_total", "images", "numbers", "tax_rate",
    "tax_amount", "available_from", "starts_at",
}  # fmt: skip


def numbered_order(buyer, status) -> Order:
    free = 0 if status == S.NOT_CONFIRMED else 2
    return buyer.order_in(status, (make_numbered(numbers=free, name="Room"), 2))


def test_an_order_has_exactly_the_promised_fields(api, buyer):
    order = buyer.order_in(S.PAY_REQUIRED)

    shown = api.get(f"{ORDERS}{order.pk}/").json()

    assert set(shown) == KEYS
    assert [set(line) for line in shown["lines"]] == [LINE_KEYS]
    assert (shown["number"], shown["status"]) == (str(order.number), "pay_required")
    assert shown["status_label"] == "Payment required"
    assert (shown["courier"], shown["shipping_method"]) == ("Swift Post", f"Swift Post {buyer.table.service}")
    assert shown["price_table_id"] == buyer.table.pk
    assert (shown["items_total"], shown["shipping_fee"], shown["total_amount"]) == ("12.50", "4.00", "16.50")
    assert shown["placed_at"].endswith("Z")
    assert shown["pay_by"].endswith("Z")


def test_staff_may_read_anybodys_order_and_others_only_their_own(api, buyer, staff):
    order = Buyer().place((make_product(stock=1), 1))

    for path in (f"{ORDERS}{order.pk}/", f"{ORDERS}{order.pk}/history/"):
        assert api_of(order.customer).get(path).status_code == 200
        assert api_of(staff).get(path).status_code == 200
        refused(api.get(path), 404, "not_found")
        refused(APIClient().get(path), 401, "not_authenticated")


@pytest.mark.parametrize("status", S)
def test_numbers_are_shown_only_once_the_order_is_paid_at_every_door(api, buyer, staff, status):
    order = numbered_order(buyer, status)
    values = list(Allocation.objects.filter(line__order=order).values_list("number__value", flat=True))

    shown = [
        api.get(f"{ORDERS}{order.pk}/").json()["lines"][0]["numbers"],
        api.get(ORDERS).json()["results"][0]["lines"][0]["numbers"],
        api_of(staff).get(f"{ORDERS}{order.pk}/").json()["lines"][0]["numbers"],
    ]

    visible = status in ("paid", "done")
    assert shown == [values if visible else []] * 3
    assert len(values) == (2 if status in ("pay_required", "paid", "done", "refund") else 0)


def test_the_list_holds_ones_own_orders_the_newest_first(api, buyer, staff):
    product = make_product(stock=9)
    placed = [buyer.place((product, 1)) for _ in range(3)]
    Buyer().place((product, 1))

    listed = api.get(ORDERS).json()

    assert set(listed) == {"next", "previous", "results"}
    assert (listed["next"], listed["previous"]) == (None, None)
    assert [order["id"] for order in listed["results"]] == [str(order.pk) for order in reversed(placed)]
    assert listed["results"][-1] == api.get(f"{ORDERS}{placed[0].pk}/").json()
    assert api_of(staff).get(ORDERS).json()["results"] == []


def test_the_list_may_be_narrowed_to_a_status(api, buyer):
    found = {status: numbered_order(buyer, status) for status in S}

    for status, order in found.items():
        listed = api.get(ORDERS, {"status": status.value}).json()["results"]
        assert [shown["id"] for shown in listed] == [str(order.pk)]


def test_an_empty_status_narrows_nothing(api, buyer):
    buyer.place((make_product(stock=1), 1))

    assert len(api.get(ORDERS, {"status": ""}).json()["results"]) == 1


@pytest.mark.parametrize("value", ["lost", "PAID", "\x00"])
def test_a_status_that_is_none_is_a_validation_error(api, value):
    assert wrong_fields(api.get(ORDERS, {"status": value})) == {"status"}


def test_pages_stay_put_while_orders_are_added(api, buyer):
    product = make_product(stock=20)
    placed = [buyer.place((product, 1)) for _ in range(5)]

    page = api.get(ORDERS, {"page_size": 2}).json()
    seen = [order["id"] for order in page["results"]]
    while page["next"]:
        buyer.place((product, 1))
        page = api.get(page["next"]).json()
        seen += [order["id"] for order in page["results"]]

    assert seen == [str(order.pk) for order in reversed(placed)]
    assert page["previous"]


def test_orders_of_the_very_same_moment_each_come_once(api, buyer):
    product = make_product(stock=9)
    placed = [buyer.place((product, 1)) for _ in range(5)]
    Order.objects.update(placed_at=placed[0].placed_at)

    page = api.get(ORDERS, {"page_size": 2}).json()
    seen = page["results"]
    while page["next"]:
        page = api.get(page["next"]).json()
        seen += page["results"]

    assert sorted(order["id"] for order in seen) == sorted(str(order.pk) for order in placed)


def test_a_page_keeps_the_filter(api, buyer):
    product = make_product(stock=9)
    for status in [S.PENDING, S.PAY_REQUIRED, S.PENDING, S.PAY_REQUIRED]:
        buyer.order_in(status, (product, 1))

    page = api.get(ORDERS, {"page_size": 1, "status": "pending"}).json()
    second = api.get(page["next"]).json()

    assert [order["status"] for order in page["results"] + second["results"]] == ["pending", "pending"]
    assert second["next"] is None


@pytest.mark.parametrize(("asked", "given"), [("1000", 5), ("9" * 400, 5), ("3", 3)])
def test_a_page_has_the_usual_number_of_orders_or_what_was_asked_up_to_a_limit(
    api, buyer, monkeypatch, asked, given
):
    assert (Cursor.page_size, Cursor.max_page_size) == (20, 100)
    monkeypatch.setattr(Cursor, "page_size", 2)
    monkeypatch.setattr(Cursor, "max_page_size", 5)
    product = make_product(stock=9)
    for _ in range(given + 1):
        buyer.place((product, 1))

    assert len(api.get(ORDERS, {"page_size": asked}).json()["results"]) == given


@pytest.mark.parametrize("asked", ["0", "000", "-1", "many", "2.5", "²", ""])
def test_a_page_of_nothing_is_a_validation_error(api, asked):
    assert wrong_fields(api.get(ORDERS, {"page_size": asked})) == {"page_size"}


def test_a_cursor_that_is_none_is_refused(api):
    refused(api.get(ORDERS, {"cursor": "no cursor"}), 400, "validation_error")


def test_the_list_takes_the_same_number_of_statements_with_one_order_and_with_three(api, buyer):
    def place():
        buyer.order_in(S.PAID, (make_product(stock=2), 1), (make_numbered(numbers=3), 2))

    place()
    one = statements(lambda: api.get(ORDERS))
    place()
    place()
    three = statements(lambda: api.get(ORDERS))

    # Orders with courier; lines, pictures, what else there is; numbers.
    assert one == three == 5
    path = f"{ORDERS}{Order.objects.first().pk}/"
    assert statements(lambda: api.get(path)) == 5


@pytest.mark.parametrize("status", S)
def test_an_order_is_shown_as_the_schema_describes_it(api, buyer, status):
    products = [(make_numbered(numbers=0 if status == S.NOT_CONFIRMED else 3), 2)]
    if status != S.NOT_CONFIRMED:
        products += [(make_product(stock=2), 1)]
        make_picture(products[1][0])
    order = buyer.order_in(status, *products)
    body = api.get(f"{ORDERS}{order.pk}/").json()

    request = APIRequestFactory().get("/")
    request.build_absolute_uri = partial(public_address, request)
    described = OrderOutput(order, context={"request": request})
    assert body == json.loads(JSONRenderer().render(described.data))
    assert api.get(ORDERS).json()["results"] == [body]


def test_a_new_order_is_answered_as_it_is_read_afterwards(api, buyer):
    product = make_product(stock=5, price=Decimal("3.1"))
    make_picture(product)
    preview = buyer.preview((product, 2), (make_numbered(numbers=1), 1))
    placed = api.post(
        f"{ORDERS}{preview.id}/", {"price_table_id": buyer.table.pk, "note": "ring"}, format="json"
    )

    assert placed.status_code == 201
    assert api.get(f"{ORDERS}{preview.id}/").json() == placed.json()


def test_a_preview_is_shown_as_the_schema_describes_it(api, buyer):
    preview = buyer.preview((make_product(stock=5), 2))
    body = api.get(f"{ORDERS}previews/{preview.id}/").json()

    assert body == json.loads(JSONRenderer().render(PreviewOutput(preview).data))


HISTORIES = {
    S.PENDING: [(None, "pending", "customer", "The order was placed")],
    S.NOT_CONFIRMED: [
        (None, "pending", "customer", "The order was placed"),
        ("pending", "not_confirmed", "system", "Sold out: Room"),
    ],
    S.DONE: [
        (None, "pending", "customer", "The order was placed"),
        ("pending", "pay_required", "system", "Everything in the order is available"),
        ("pay_required", "paid", "customer", "The payment was received"),
        ("paid", "done", "staff", "Decision of the shop"),
    ],
    S.REFUND: [
        (None, "pending", "customer", "The order was placed"),
        ("pending", "pay_required", "system", "Everything in the order is available"),
        ("pay_required", "paid", "customer", "The payment was received"),
        ("paid", "refund", "customer", "Requested by the customer"),
    ],
}


@pytest.mark.parametrize("status", HISTORIES)
def test_the_history_tells_every_step_oldest_first(api, buyer, status):
    order = numbered_order(buyer, status)

    body = api.get(f"{ORDERS}{order.pk}/history/").json()

    assert set(body) == {"next", "previous", "results"}
    assert {frozenset(row) for row in body["results"]} == {
        frozenset({"sequence", "from_status", "to_status", "at", "actor", "reason"})
    }
    assert [row["sequence"] for row in body["results"]] == list(range(1, len(HISTORIES[status]) + 1))
    told = [(row["from_status"], row["to_status"], row["actor"], row["reason"]) for row in body["results"]]
    assert told == HISTORIES[status]
    times = [row["at"] for row in body["results"]]
    assert times == sorted(times)
    assert all(at.endswith("Z") for at in times)


def test_the_history_speaks_the_readers_language(api, buyer):
    order = buyer.order_in(S.PAID)

    rows = api.get(f"{ORDERS}{order.pk}/history/", headers={"Accept-Language": "vi"}).json()["results"]

    assert [row["reason"] for row in rows] == [
        "Đơn hàng đã được đặt",
        "Mọi mặt hàng trong đơn đều có sẵn",
        "Đã nhận được thanh toán",
    ]


def test_the_history_takes_the_same_number_of_statements_however_long(api, buyer):
    order = buyer.order_in(S.PAY_REQUIRED)
    short = statements(lambda: api.get(f"{ORDERS}{order.pk}/history/"))
    pay(order)
    ask_refund(order)

    assert statements(lambda: api.get(f"{ORDERS}{order.pk}/history/")) == short == 2
