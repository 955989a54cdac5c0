"""Whole addresses begin with PUBLIC_URL, whatever host a request names: over the API, in headers, in emails."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from rest_framework.test import APIClient

from catalog.models import Product
from orders.status import OrderStatus
from tests.answers import api_of
from tests.factories import make_picture, make_product, make_user
from tests.orders.hooks import endpoint_at
from tests.orders.post import delivered

pytestmark = pytest.mark.django_db

SHOP = "https://shop.example:8443"
AUTH = "/api/auth/app/v1/auth/"
ELSEWHERE = "https://93.184.216.34/orderly"


@pytest.fixture(autouse=True)
def _made_up(settings):
    settings.PUBLIC_URL = SHOP
    settings.ALLOWED_HOSTS = ["made.up"]


def addresses_in(value: object) -> Iterator[str]:
    """All whole addresses, however deep."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from addresses_in(inner)
    elif isinstance(value, str) and "://" in value:
        yield value


@pytest.fixture
def api(buyer) -> APIClient:
    client = api_of(buyer.user)
    client.defaults["HTTP_HOST"] = "made.up"
    return client


@pytest.fixture
def goods() -> Product:
    product = make_product(stock=50)
    make_picture(product)
    return product


def of_the_shop(answer, *, least: int = 1) -> None:
    found = [*addresses_in(answer.json()), *filter(None, [answer.get("Location")])]
    assert len(found) >= least, answer.content
    assert all(address.startswith(f"{SHOP}/") for address in found), found


def test_pictures_pages_of_lists_and_places_to_pay(api, buyer, goods):
    for _ in range(3):
        buyer.order_in(OrderStatus.PAY_REQUIRED, (goods, 1))
        make_picture(make_product(stock=1))

    of_the_shop(api.get("/api/products/?page_size=2"), least=3)
    of_the_shop(api.get(api.get("/api/products/?page_size=2").json()["next"].removeprefix(SHOP)), least=2)
    of_the_shop(api.get(f"/api/products/{goods.slug}/"))
    of_the_shop(api.get("/api/orders/?page_size=1"))
    of_the_shop(api.get(f"/api/orders/{buyer.user.orders.first().pk}/"))


def test_the_place_to_pay(api, buyer, goods):
    order = buyer.order_in(OrderStatus.PAY_REQUIRED, (goods, 1))
    started = api.post(f"/api/orders/{order.pk}/payment/")
    assert started.json()["payment_url"] == f"{SHOP}/orders/{order.pk}/pay/"


def test_the_place_of_what_was_made(api, buyer, goods):
    wanted = {"items": [{"sku": goods.sku, "quantity": 1}], "address_id": buyer.address.pk}
    preview = api.post("/api/orders/previews/", wanted, format="json")
    of_the_shop(preview)
    placed = api.post(
        f"/api/orders/{preview.json()['id']}/", {"price_table_id": buyer.table.pk}, format="json"
    )
    of_the_shop(placed)


def test_the_place_of_a_webhook(api, buyer):
    made = api.post("/api/webhooks/", {"url": ELSEWHERE}, format="json")
    assert made["Location"] == f"{SHOP}/api/webhooks/{made.json()['id']}/"
    endpoint_at(ELSEWHERE, buyer.user)
    of_the_shop_or_elsewhere = set(addresses_in(api.get("/api/webhooks/?page_size=1").json()))
    assert {address for address in of_the_shop_or_elsewhere if not address.startswith(SHOP)} == {ELSEWHERE}


@pytest.mark.parametrize("header", ["HTTP_HOST", "HTTP_X_FORWARDED_HOST"])
def test_emails_about_accounts(settings, header):
    settings.USE_X_FORWARDED_HOST = True
    settings.ALLOWED_HOSTS = ["*"]
    made_up = {header: "made.up"}
    known = make_user()
    for browser, path, sent in (
        (Client(), "/accounts/signup/", {"email": "new@example.com"}),
        (Client(), "/accounts/signup/", {"email": known.email}),
        (Client(), "/accounts/password/reset/", {"email": known.email}),
        (Client(), "/accounts/password/reset/", {"email": "nobody@example.com"}),
    ):
        browser.post(path, sent | dict.fromkeys(("password1", "password2"), "a quite new phrase"), **made_up)
        APIClient().post(f"{AUTH}password/request", sent, format="json", **made_up)

    assert len(delivered()) >= 4
    for email in delivered():
        assert "made.up" not in f"{email.subject} {email.body}"
        assert re.findall(r"https?://\S+?(?=/)", email.body)
        assert set(re.findall(r"https?://[^/\s]+", email.body)) == {SHOP}
