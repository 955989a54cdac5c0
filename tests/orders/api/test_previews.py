"""/api/orders/previews/: what a preview says, to whom, for how long, and every way its input can be wrong."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.core.cache import cache
from django.utils import timezone
from rest_framework.test import APIClient

from catalog.models import Product
from orders.checkout import previews
from orders.shipping.promises import promised
from tests.answers import api_of, refused, statements, wrong_fields
from tests.factories import Buyer, make_address, make_numbered, make_product, make_user
from tests.no_redis import no_redis

pytestmark = [pytest.mark.django_db, pytest.mark.flow]

PREVIEWS = "/api/orders/previews/"


def ask(api, items, address_id, **headers):
    return api.post(PREVIEWS, {"items": items, "address_id": address_id}, format="json", headers=headers)


def item(product, quantity=1) -> dict:
    return {"sku": product.sku, "quantity": quantity}


def test_a_preview_says_everything_that_the_customer_will_be_charged(api, buyer, settings):
    mug = make_product(price="12.50", weight_g=400, length_cm=20, width_cm=10, height_cm=10)
    room = make_numbered(price="80.00", weight_g=0)
    before = timezone.now()

    response = ask(api, [item(mug, 2), item(room, 1)], buyer.address.pk)

    preview = response.json()
    assert response.status_code == 201
    assert response["Location"] == f"{settings.PUBLIC_URL}{PREVIEWS}{preview['id']}/"
    assert UUID(preview.pop("id")).version == 7
    expires_at = preview.pop("expires_at")
    assert expires_at.endswith("Z")
    left = datetime.fromisoformat(expires_at) - before
    assert timedelta(0) <= left - timedelta(seconds=settings.ORDER_PREVIEW_TTL) < timedelta(seconds=10)
    first, last = promised(min_days=1, max_days=3)
    assert preview == {
        "currency": settings.CURRENCY,
        "items_total": "105.00",
        "lines": [
            {
                "sku": mug.sku,
                "name": mug.name,
                "quantity": 2,
                "list_price": None,
                "unit_price": "12.50",
                "discount": "0.00",
                "line_total": "25.00",
                "available_from": None,
                "tax_rate": "0",
                "starts_at": None,
            },
            {
                "sku": room.sku,
                "name": room.name,
                "quantity": 1,
                "list_price": None,
                "unit_price": "80.00",
                "discount": "0.00",
                "line_total": "80.00",
                "available_from": None,
                "tax_rate": "0",
                "starts_at": None,
            },
        ],
        "discounts": [],
        "parcel": {
            "weight_g": 800,
            "length_cm": 20,
            "width_cm": 10,
            "height_cm": 20,
            "chargeable_weight_g": 800,
        },
        "needs_parcel": True,
        "billing": None,
        "tax_reason": "",
        "shipping_options": [
            {
                "price_table_id": buyer.table.pk,
                "courier": "Swift Post",
                "service": buyer.table.service,
                "fee": "4.00",
                "discount": "0.00",
                "min_days": 1,
                "max_days": 3,
                "total_amount": "109.00",
                "tax_total": "0.00",
                "taxes": [{"rate": "0", "net": "109.00", "tax": "0.00", "gross": "109.00"}],
                "is_pickup": False,
                "pickup_address": "",
                "pickup_hours": "",
                "promised_from": first.isoformat(),
                "promised_to": last.isoformat(),
                "items_total": "105.00",
                "tax_reason": "",
            }
        ],
        "address": {
            "id": buyer.address.pk,
            "full_name": "Nguyễn Thị Hoa",
            "phone": "+84 28 3822 0000",
            "line1": "12 Lê Lợi",
            "line2": "",
            "city": "Huế",
            "region": "",
            "postal_code": "530000",
            "country": "VN",
        },
    }


def test_a_preview_is_read_again_at_its_location(api, buyer):
    made = ask(api, [item(make_product())], buyer.address.pk)
    Product.objects.update(price="99.00")

    read = api.get(made["Location"])

    assert read.status_code == 200
    assert read.json() == made.json()


def test_expiry_is_told_in_utc_whatever_the_shops_time_zone(api, buyer, settings):
    settings.TIME_ZONE = "Asia/Ho_Chi_Minh"
    response = ask(api, [item(make_product())], buyer.address.pk)

    expires_at = response.json()["expires_at"]

    assert expires_at.endswith("Z")
    assert abs(datetime.fromisoformat(expires_at) - datetime.now(UTC)) < timedelta(
        seconds=settings.ORDER_PREVIEW_TTL + 10
    )


def test_a_preview_is_gone_from_the_cache_when_its_time_is_over(api, buyer, settings):
    settings.ORDER_PREVIEW_TTL = 0
    made = ask(api, [item(make_product())], buyer.address.pk)

    assert made.status_code == 201
    refused(api.get(made["Location"]), 404, "preview_expired")


def test_the_cache_keeps_a_preview_no_longer_than_it_is_good_for(buyer, settings):
    settings.ORDER_PREVIEW_TTL = 77
    preview = buyer.preview((make_product(), 1))
    key = cache.make_key(previews._key(preview.id))

    assert 70 < cache._cache.get_client(key).ttl(key) <= 77


def test_a_preview_that_the_cache_kept_too_long_has_expired_all_the_same(api, buyer):
    preview = buyer.preview((make_product(), 1))
    late = replace(preview, expires_at=timezone.now() - timedelta(seconds=1))
    cache.set(previews._key(preview.id), late)

    refused(api.get(f"{PREVIEWS}{preview.id}/"), 404, "preview_expired")


def test_another_customers_preview_and_an_unknown_one_have_expired(api, buyer, staff):
    others = Buyer().preview((make_product(), 1))

    refused(api.get(f"{PREVIEWS}{others.id}/"), 404, "preview_expired")
    refused(api_of(staff).get(f"{PREVIEWS}{others.id}/"), 404, "preview_expired")
    refused(api.get(f"{PREVIEWS}{uuid4()}/"), 404, "preview_expired")


def test_an_unverified_user_may_preview():
    unverified = Buyer(verified=False)

    response = ask(api_of(unverified.user), [item(make_product())], unverified.address.pk)

    assert response.status_code == 201


def test_nobody_may_not_preview(buyer):
    response = ask(APIClient(), [item(make_product())], buyer.address.pk)

    refused(response, 401, "not_authenticated")


def test_repeated_skus_are_added_up_where_they_first_stood(api, buyer):
    first, second = make_product(price="1.10"), make_product(price="2.00")

    preview = ask(api, [item(first, 2), item(second), item(first, 3)], buyer.address.pk).json()

    assert [(line["sku"], line["quantity"], line["line_total"]) for line in preview["lines"]] == [
        (first.sku, 5, "5.50"),
        (second.sku, 1, "2.00"),
    ]
    assert preview["items_total"] == "7.50"


def test_stock_and_free_numbers_are_not_looked_at(api, buyer):
    items = [item(make_product(stock=1), 999), item(make_numbered(numbers=0), 5)]

    assert ask(api, items, buyer.address.pk).status_code == 201


@pytest.mark.parametrize("quantities", [[1], [999], [500, 499]])
def test_up_to_999_pieces_of_a_product_may_be_asked_for(api, buyer, quantities):
    product = make_product()

    response = ask(api, [item(product, quantity) for quantity in quantities], buyer.address.pk)

    assert response.status_code == 201


@pytest.mark.parametrize(
    ("quantities", "wrong"),
    [
        ([0], {"items.0.quantity"}),
        ([-1], {"items.0.quantity"}),
        ([1000], {"items.0.quantity"}),
        ([5_000_000_000], {"items.0.quantity"}),
        ([1, 0], {"items.1.quantity"}),
        ([500, 500], {"items.1.quantity"}),
        ([999, 1, 1], {"items.1.quantity", "items.2.quantity"}),
    ],
)
def test_a_quantity_outside_1_to_999_is_named(api, buyer, quantities, wrong):
    product = make_product()

    response = ask(api, [item(product, quantity) for quantity in quantities], buyer.address.pk)

    assert wrong_fields(response) == wrong


def test_an_unknown_or_inactive_sku_is_named_wherever_it_stands(api, buyer):
    good, gone = make_product(), make_product(is_active=False)
    unknown = {"sku": "NO-SUCH", "quantity": 1}

    response = ask(api, [item(good), item(gone), unknown, item(gone)], buyer.address.pk)

    assert wrong_fields(response) == {"items.1.sku", "items.2.sku", "items.3.sku"}


@pytest.mark.parametrize("many", [0, 101])
def test_an_order_without_items_or_with_more_than_100_is_refused(api, buyer, many):
    product = make_product()

    assert wrong_fields(ask(api, [item(product)] * many, buyer.address.pk)) == {"items"}


def test_a_list_far_too_long_is_refused_for_its_length_alone(api, buyer):
    assert wrong_fields(ask(api, [{}] * 1001, buyer.address.pk)) == {"items"}


def test_100_items_are_an_order(api, buyer):
    product = make_product()

    assert ask(api, [item(product)] * 100, buyer.address.pk).status_code == 201


def test_an_address_that_is_not_the_customers_is_named(api, buyer):
    for address_id in (make_address(make_user()).pk, 2**62):
        assert wrong_fields(ask(api, [item(make_product())], address_id)) == {"address_id"}


def test_everything_wrong_is_told_at_once_and_in_the_readers_language(api, buyer):
    items = [{"sku": "NO-SUCH", "quantity": 0}, item(make_product(), 1000)]
    address_id = make_address(make_user()).pk

    english = ask(api, items, address_id)
    vietnamese = ask(api, items, address_id, **{"Accept-Language": "vi"})

    wrong = {"items.0.sku", "items.0.quantity", "items.1.quantity", "address_id"}
    assert wrong_fields(english) == wrong_fields(vietnamese) == wrong
    assert english.json()["errors"]["address_id"] == ["You have no such address."]
    assert vietnamese.json()["errors"]["address_id"] == ["Bạn không có địa chỉ này."]
    assert vietnamese.json()["errors"]["items.0.quantity"] == ["Số lượng phải từ 1 đến 999."]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, {"items"}),
        ({"items": None, "address_id": None}, {"items", "address_id"}),
        ({"items": "mug", "address_id": "home"}, {"items", "address_id"}),
        ({"items": {"sku": "A", "quantity": 1}, "address_id": 1.5}, {"items", "address_id"}),
        ({"items": ["mug"], "address_id": True}, {"items.0", "address_id"}),
        ({"items": [{}], "address_id": 0}, {"items.0.sku", "items.0.quantity", "address_id"}),
        ({"items": [{"sku": [], "quantity": "two"}], "address_id": 2**63},
         {"items.0.sku", "items.0.quantity", "address_id"}),
        ({"items": [{"sku": "a\x00b", "quantity": 1.5}, {"sku": "x" * 65, "quantity": True}], "address_id": 1},
         {"items.0.sku", "items.0.quantity", "items.1.sku", "items.1.quantity"}),
        ([], {""}),
        ("text", {""}),
    ],
)  # fmt: skip
def test_values_of_the_wrong_type_are_named(api, body, wrong):
    assert wrong_fields(api.post(PREVIEWS, body, format="json")) == wrong


def test_without_the_cache_a_preview_is_unavailable_not_expired(api, buyer, settings):
    product = make_product()
    preview = buyer.preview((product, 1))

    with no_redis(settings):
        made, read = ask(api, [item(product)], buyer.address.pk), api.get(f"{PREVIEWS}{preview.id}/")

    for response in (made, read):
        refused(response, 503, "service_unavailable")
        assert response["Retry-After"]
    assert api.get(f"{PREVIEWS}{preview.id}/").status_code == 200


def test_a_preview_takes_the_same_number_of_statements_however_many_lines(api, buyer):
    products = [make_product() for _ in range(40)]

    one = statements(lambda: ask(api, [item(products[0])], buyer.address.pk))
    many = statements(lambda: ask(api, [item(product) for product in products], buyer.address.pk))

    # Address, products, places of the country, rates of tax, price tables with their bands, promotions.
    assert one == many == 6
