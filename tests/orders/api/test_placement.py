"""POST /api/orders/{preview_id}/: every branch of the second flow, in its order."""

from collections import Counter
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from catalog.models import Product
from orders.checkout.previews import forget_preview
from orders.models import Order, StatusChange
from orders.status import OrderStatus
from tests.factories import Buyer, make_numbered, make_price_table, make_product
from tests.no_redis import no_redis

pytestmark = [pytest.mark.django_db, pytest.mark.flow]


def place(api, preview, table, **body):
    body = {"price_table_id": table.pk} | body
    return api.post(f"/api/orders/{preview.id}/", body, format="json")


def refused(response, status: int, code: str) -> dict:
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.json()["detail"]
    return response.json()


def test_a_placed_order_is_answered_whole_with_its_address(api, buyer):
    product, rooms = make_product(stock=5), make_numbered(numbers=3)
    preview = buyer.preview((product, 2), (rooms, 1))

    response = place(api, preview, buyer.table, note="Ring twice")

    order = response.json()
    assert response.status_code == 201
    assert response["Location"] == f"{settings.PUBLIC_URL}/api/orders/{preview.id}/"
    assert order["id"] == str(preview.id)
    assert order["status"] == "pending"
    assert order["items_total"] == "37.50"
    assert order["shipping_fee"] == "4.00"
    assert order["total_amount"] == "41.50"
    assert order["address"] == buyer.address.snapshot()
    assert order["note"] == "Ring twice"
    assert order["pay_by"] is None
    assert [(line["sku"], line["quantity"], line["numbers"]) for line in order["lines"]] == [
        (product.sku, 2, []),
        (rooms.sku, 1, []),
    ]
    assert order["parcel"] == {
        "weight_g": 900,
        "length_cm": 0,
        "width_cm": 0,
        "height_cm": 0,
        "chargeable_weight_g": 900,
    }
    assert api.get(f"/api/orders/{preview.id}/").json() == order
    product.refresh_from_db()
    assert product.stock_quantity == 3


def test_placing_writes_the_first_row_of_the_history_and_forgets_the_preview(api, buyer):
    preview = buyer.preview((make_product(stock=5), 1))

    place(api, preview, buyer.table)

    change = StatusChange.objects.get(order_id=preview.id)
    assert (change.sequence, change.from_status, change.to_status) == (
        1,
        None,
        "pending",
    )
    assert change.actor == buyer.user
    assert api.get(f"/api/orders/previews/{preview.id}/").status_code == 404


def test_a_malformed_body_names_every_wrong_field(api, buyer):
    preview = buyer.preview((make_product(stock=5), 1))

    response = api.post(
        f"/api/orders/{preview.id}/",
        {"price_table_id": "soon", "note": "x" * 1001},
        format="json",
    )

    assert set(refused(response, 400, "validation_error")["errors"]) == {
        "price_table_id",
        "note",
    }


@pytest.mark.parametrize("body", ["{", "[]", '"text"', "17", "null", '{"price_table_id": NaN}', "{}"])
def test_a_body_that_is_no_object_is_a_validation_error(api, buyer, body):
    preview = buyer.preview((make_product(stock=5), 1))

    response = api.post(f"/api/orders/{preview.id}/", body, content_type="application/json")

    refused(response, 400, "validation_error")
    assert Order.objects.count() == 0


def test_the_same_preview_again_is_the_same_order(api, buyer):
    preview = buyer.preview((make_product(stock=5), 1))
    first = place(api, preview, buyer.table)

    second = place(api, preview, buyer.table)

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert Order.objects.count() == 1


def test_the_same_preview_again_with_another_price_table_is_a_conflict(api, buyer):
    other = make_price_table()
    preview = buyer.preview((make_product(stock=5), 1))
    place(api, preview, buyer.table)

    refused(place(api, preview, other), 409, "order_already_placed")


def test_an_unknown_preview_has_expired(api, buyer):
    response = api.post(f"/api/orders/{uuid4()}/", {"price_table_id": buyer.table.pk}, format="json")

    refused(response, 404, "preview_expired")


def test_a_preview_that_ran_out_has_expired(api, buyer, settings):
    settings.ORDER_PREVIEW_TTL = 0
    preview = buyer.preview((make_product(stock=5), 1))

    refused(place(api, preview, buyer.table), 404, "preview_expired")


def test_another_customers_preview_has_expired(api, buyer):
    preview = Buyer().preview((make_product(stock=5), 1))

    refused(place(api, preview, buyer.table), 404, "preview_expired")


def test_another_customers_order_is_an_expired_preview(api, buyer):
    order = Buyer().place((make_product(stock=5), 1))

    response = api.post(f"/api/orders/{order.pk}/", {"price_table_id": buyer.table.pk}, format="json")

    refused(response, 404, "preview_expired")


def test_a_price_table_outside_the_preview_does_not_exist(api, buyer):
    preview = buyer.preview((make_product(stock=5), 1))
    later = make_price_table()

    refused(place(api, preview, later), 404, "shipping_method_not_found")


@pytest.mark.parametrize("what", ["table", "courier"])
def test_a_price_table_switched_off_since_the_preview_does_not_exist(api, buyer, what):
    preview = buyer.preview((make_product(stock=5), 1))
    off = buyer.table if what == "table" else buyer.table.courier
    off.is_active = False
    off.save()

    refused(place(api, preview, buyer.table), 404, "shipping_method_not_found")


def test_an_unverified_user_does_not_exist(buyer):
    unverified = Buyer(verified=False)
    api = APIClient()
    api.force_authenticate(unverified.user)
    preview = unverified.preview((make_product(stock=5), 1))

    refused(place(api, preview, unverified.table), 404, "user_not_found")


def test_a_user_deactivated_during_the_request_does_not_exist(api, buyer):
    preview = buyer.preview((make_product(stock=5), 1))
    type(buyer.user).objects.filter(pk=buyer.user.pk).update(is_active=False)

    refused(place(api, preview, buyer.table), 404, "user_not_found")


def test_too_many_unpaid_orders_are_a_conflict(api, buyer, settings):
    settings.MAX_UNPAID_ORDERS = 2
    product = make_product(stock=9)
    buyer.order_in(OrderStatus.CANCELED, (product, 1))
    buyer.order_in(OrderStatus.PAY_REQUIRED, (product, 1))
    buyer.place((product, 1))

    refused(
        place(api, buyer.preview((product, 1)), buyer.table),
        409,
        "too_many_unpaid_orders",
    )


def test_a_product_taken_off_sale_since_the_preview_is_named(api, buyer):
    kept, gone = make_product(stock=5), make_product(stock=5)
    preview = buyer.preview((kept, 1), (gone, 1))
    Product.objects.filter(pk=gone.pk).update(is_active=False)

    assert refused(place(api, preview, buyer.table), 404, "product_not_found")["product"] == gone.sku


def test_stock_too_small_says_of_what_and_how_much_is_left(api, buyer):
    plenty, few = make_product(stock=50), make_product(stock=2)
    preview = buyer.preview((plenty, 5), (few, 3))

    body = refused(place(api, preview, buyer.table), 400, "insufficient_stock")

    assert (body["product"], body["wanted"], body["left"]) == (few.sku, 3, 2)
    plenty.refresh_from_db()
    assert plenty.stock_quantity == 50
    assert Order.objects.count() == 0


def test_numbers_are_not_checked_when_placing(api, buyer):
    preview = buyer.preview((make_numbered(numbers=0), 3))

    assert place(api, preview, buyer.table).status_code == 201


def test_refusals_come_in_the_diagrams_order(api, buyer, settings):
    """Everything is wrong at once; each repair uncovers the next refusal."""
    settings.MAX_UNPAID_ORDERS = 0
    gone, few = make_product(stock=5), make_product(stock=1)
    preview = buyer.preview((gone, 1), (few, 2))
    Product.objects.filter(pk=gone.pk).update(is_active=False)
    buyer.table.is_active = False
    buyer.table.save()
    emails = buyer.user.emailaddress_set
    emails.update(verified=False)

    refused(place(api, preview, buyer.table), 404, "shipping_method_not_found")
    buyer.table.is_active = True
    buyer.table.save()
    refused(place(api, preview, buyer.table), 404, "user_not_found")
    emails.update(verified=True)
    refused(place(api, preview, buyer.table), 409, "too_many_unpaid_orders")
    settings.MAX_UNPAID_ORDERS = 1
    refused(place(api, preview, buyer.table), 404, "product_not_found")
    Product.objects.filter(pk=gone.pk).update(is_active=True)
    refused(place(api, preview, buyer.table), 400, "insufficient_stock")


SENTENCES = {
    "preview_expired": "Đơn hàng xem trước đã hết hạn",
    "shipping_method_not_found": "Dịch vụ vận chuyển không tồn tại",
    "user_not_found": "Người dùng không tồn tại",
    "product_not_found": "Sản phẩm không tồn tại",
    "insufficient_stock": "Không đủ hàng",
}


@pytest.mark.parametrize("code", SENTENCES)
def test_the_vietnamese_sentence_is_the_diagrams_own(api, buyer, code):
    product = make_product(stock=1)
    preview = buyer.preview((product, 2))
    if code == "preview_expired":
        forget_preview(preview.id)
    if code == "shipping_method_not_found":
        type(buyer.table).objects.update(is_active=False)
    if code == "user_not_found":
        buyer.user.emailaddress_set.update(verified=False)
    if code == "product_not_found":
        Product.objects.update(is_active=False)

    response = api.post(
        f"/api/orders/{preview.id}/",
        {"price_table_id": buyer.table.pk},
        format="json",
        headers={"Accept-Language": "vi"},
    )

    assert (response.json()["code"], response.json()["detail"]) == (
        code,
        SENTENCES[code],
    )


def test_the_price_of_the_preview_is_honoured(api, buyer):
    product = make_product(stock=5)
    preview = buyer.preview((product, 2))
    Product.objects.update(price="99.00")

    assert place(api, preview, buyer.table).json()["items_total"] == "25.00"


def test_placing_by_the_body_is_the_same(api, buyer):
    preview = buyer.preview((make_product(stock=5), 1))
    body = {"preview_id": str(preview.id), "price_table_id": buyer.table.pk}

    first = api.post("/api/orders/", body, format="json")
    second = place(api, preview, buyer.table)

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert first["Location"].endswith(f"/api/orders/{preview.id}/")


def test_an_order_keeps_its_address_when_the_customer_deletes_it(api, buyer):
    order = buyer.place((make_product(stock=5), 1))

    assert api.delete(f"/api/addresses/{buyer.address.pk}/").status_code == 204

    order.refresh_from_db()
    assert order.address is None
    assert order.address_snapshot["full_name"] == buyer.address.full_name


def test_an_address_deleted_after_the_preview_is_kept_as_a_copy(api, buyer):
    preview = buyer.preview((make_product(stock=5), 1))
    buyer.address.delete()

    order = place(api, preview, buyer.table)

    assert order.status_code == 201
    assert order.json()["address"]["city"] == "Huế"


def test_without_the_cache_the_shop_is_unavailable_and_nothing_is_lost(api, buyer, settings):
    preview = buyer.preview((make_product(stock=5), 1))

    with no_redis(settings):
        response = place(api, preview, buyer.table)

    refused(response, 503, "service_unavailable")
    assert response["Retry-After"]
    assert place(api, preview, buyer.table).status_code == 201


def statements_for_placing(api, buyer, lines: int) -> list[str]:
    products = [make_product(stock=9) for _ in range(lines)]
    preview = buyer.preview(*[(product, 1) for product in products])
    with CaptureQueriesContext(connection) as captured:
        assert place(api, preview, buyer.table).status_code == 201
    return [query["sql"].split(" ")[0].strip() for query in captured]


def test_placing_takes_the_same_number_of_statements_however_many_lines(api, buyer):
    one = statements_for_placing(api, buyer, 1)
    many = statements_for_placing(api, buyer, 40)

    assert Counter(one) == Counter(many)
    assert len(one) == PLACING_STATEMENTS


# Customer, address and way to send (locked); unpaid orders and products; order, history and lines; the email; movements
# and stock; then the pictures for the answer; and two that begin and end the transaction.
PLACING_STATEMENTS = 8
