"""Every `alt` branch of the second flow against the running shop."""

import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from redis import Redis

from catalog.models import Product
from orders.models import Order, PriceTable
from tests.factories import Buyer, make_price_table, make_product
from tests.journeys.client import Client

pytestmark = pytest.mark.flow


@pytest.fixture
def product(shop):
    return make_product(stock=4)


@pytest.fixture
def preview(client, buyer, product):
    return client.preview({product.sku: 2}, buyer.address.pk)


def refused(answer, status: int, code: str) -> dict:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    return answer.json()


def test_validation_failed(client, preview):
    answer = client.post(f"/api/orders/{preview['id']}/", {"note": 7 * "long note " * 50})

    assert "price_table_id" in refused(answer, 400, "validation_error")["errors"]


def test_preview_not_found(client, buyer):
    answer = client.post(f"/api/orders/{uuid.uuid4()}/", {"price_table_id": buyer.table.pk})

    refused(answer, 404, "preview_expired")


def test_preview_dropped_by_the_cache(client, preview):
    redis = Redis.from_url(settings.CACHES["default"]["LOCATION"])
    dropped = [redis.delete(key) for key in redis.scan_iter(f"*preview*{preview['id']}")]

    assert dropped == [1]
    refused(client.place(preview), 404, "preview_expired")
    assert client.get(f"/api/orders/previews/{preview['id']}/").status_code == 404


def test_shipping_method_not_found(client, preview):
    later = make_price_table(is_active=False)

    refused(client.place(preview, price_table_id=later.pk), 404, "shipping_method_not_found")


def test_user_not_verified(shop, product):
    unverified = Buyer(verified=False)
    client = Client(shop, unverified.user)
    preview = client.preview({product.sku: 1}, unverified.address.pk)

    refused(client.place(preview), 404, "user_not_found")


def test_user_deactivated(client, buyer, preview):
    type(buyer.user).objects.filter(pk=buyer.user.pk).update(is_active=False)

    answer = client.place(preview)

    refused(answer, 401, "not_authenticated")
    assert answer.headers["WWW-Authenticate"]


def test_product_not_found(client, preview, product):
    Product.objects.filter(pk=product.pk).update(is_active=False)

    assert refused(client.place(preview), 404, "product_not_found")["product"] == product.sku


def test_insufficient_stock(client, buyer, preview, product):
    client.place(client.preview({product.sku: 3}, buyer.address.pk))

    body = refused(client.place(preview), 400, "insufficient_stock")

    assert (body["product"], body["wanted"], body["left"]) == (product.sku, 2, 1)
    assert not Order.objects.filter(pk=preview["id"]).exists()


def test_placed_and_the_preview_is_gone(client, preview, product):
    answer = client.place(preview, note="Leave it with the neighbour")

    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{client.shop.url}/api/orders/{preview['id']}/"
    assert answer.json()["note"] == "Leave it with the neighbour"
    assert client.get(f"/api/orders/previews/{preview['id']}/").status_code == 404
    product.refresh_from_db()
    assert product.stock_quantity == 2


def test_placed_twice_is_one_order(client, preview):
    first, second = client.place(preview), client.place(preview)

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"] == preview["id"]


def test_placed_in_vietnamese_keeps_the_language(shop, buyer, product):
    client = Client(shop, buyer.user, language="vi")

    placed = client.place(client.preview({product.sku: 1}, buyer.address.pk)).json()

    assert placed["status_label"] == "Chờ xử lý"
    assert Order.objects.get(pk=placed["id"]).language == "vi"
    assert PriceTable.objects.get(pk=placed["price_table_id"]).courier.name == placed["courier"]


def test_twenty_placements_at_once_are_one_201_and_nineteen_200(client, preview, product):
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: client.place(preview), range(20)))

    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: 19}
    assert {answer.json()["id"] for answer in answers} == {preview["id"]}
    product.refresh_from_db()
    assert product.stock_quantity == 2
