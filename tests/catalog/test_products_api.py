"""/api/products/ and /api/categories/: what is on sale, for everybody."""

import pytest
from django.core.files.base import ContentFile
from rest_framework.test import APIClient

from catalog.models import Category, ProductImage
from orders.status import OrderStatus
from tests.answers import refused, statements
from tests.factories import Buyer, make_numbered, make_product

pytestmark = pytest.mark.django_db

PRODUCTS = "/api/products/"
KEYS = {
    "sku", "slug", "name", "description", "price", "currency", "category", "inventory", "available", "images",
}  # fmt: skip


@pytest.fixture
def anybody() -> APIClient:
    return APIClient()


def picture(product, position=0) -> ProductImage:
    file = ContentFile(b"a drawing", name=f"{position}.png")
    return ProductImage.objects.create(product=product, image=file, position=position)


def test_a_product_has_exactly_the_promised_fields(anybody, settings):
    product = make_product(stock=7, name="Mug", description="Blue.", price="12.5")

    shown = anybody.get(f"{PRODUCTS}{product.slug}/").json()

    assert set(shown) == KEYS
    assert shown == {
        "sku": product.sku,
        "slug": product.slug,
        "name": "Mug",
        "description": "Blue.",
        "price": "12.50",
        "currency": settings.CURRENCY,
        "category": "things",
        "inventory": "counted",
        "available": 7,
        "images": [],
    }
    assert anybody.get(PRODUCTS).json() == {"next": None, "previous": None, "results": [shown]}


def test_pictures_have_absolute_addresses_in_their_order(anybody):
    product = make_product()
    second, first = picture(product, 2), picture(product, 1)

    images = anybody.get(f"{PRODUCTS}{product.slug}/").json()["images"]

    assert images == [f"http://testserver{picture.image.url}" for picture in (first, second)]
    assert anybody.get(PRODUCTS).json()["results"][0]["images"] == images


def available(anybody, product) -> int:
    alone = anybody.get(f"{PRODUCTS}{product.slug}/").json()["available"]
    listed = {shown["sku"]: shown["available"] for shown in anybody.get(PRODUCTS).json()["results"]}
    assert listed[product.sku] == alone
    return alone


def test_pieces_are_available_until_an_order_is_placed_and_again_when_it_is_canceled(anybody):
    product = make_product(stock=5)
    assert available(anybody, product) == 5

    Buyer().order_in(OrderStatus.PAY_REQUIRED, (product, 2))
    assert available(anybody, product) == 3

    Buyer().order_in(OrderStatus.CANCELED, (product, 3))
    assert available(anybody, product) == 3


def test_numbers_are_available_until_an_order_is_confirmed(anybody):
    product = make_numbered(numbers=4)

    Buyer().order_in(OrderStatus.PENDING, (product, 1))
    assert available(anybody, product) == 4

    Buyer().order_in(OrderStatus.PAY_REQUIRED, (product, 3))
    assert available(anybody, product) == 1


def test_what_is_sold_out_is_shown_with_nothing_available(anybody):
    assert available(anybody, make_product(stock=0)) == 0
    assert available(anybody, make_numbered(numbers=0)) == 0


def test_an_inactive_product_is_hidden(anybody):
    hidden, shown = make_product(is_active=False), make_product()

    refused(anybody.get(f"{PRODUCTS}{hidden.slug}/"), 404, "not_found")
    assert [product["sku"] for product in anybody.get(PRODUCTS).json()["results"]] == [shown.sku]


def test_products_come_by_name_page_by_page_each_once(anybody):
    names = ["Lamp", "Bowl", "Mug", "Mug", "Chair"]
    for name in names:
        make_product(name=name)

    page = anybody.get(PRODUCTS, {"page_size": 2}).json()
    seen = page["results"]
    while page["next"]:
        make_product(name="Aardvark")
        page = anybody.get(page["next"]).json()
        seen += page["results"]

    assert [product["name"] for product in seen] == sorted(names)
    assert len({product["sku"] for product in seen}) == len(names)


@pytest.mark.parametrize("path", ["products/", "categories/"])
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_the_catalog_is_only_read(api, path, method):
    assert getattr(api, method)(f"/api/{path}", {}, format="json").status_code == 405


def test_categories_come_in_their_position_with_slug_and_name(anybody):
    Category.objects.create(name="Rooms", slug="rooms", position=2)
    Category.objects.create(name="Books", slug="books", position=1)

    assert anybody.get("/api/categories/").json() == {
        "next": None,
        "previous": None,
        "results": [{"slug": "books", "name": "Books"}, {"slug": "rooms", "name": "Rooms"}],
    }


def test_the_list_takes_the_same_number_of_statements_with_one_product_and_with_three(anybody):
    picture(make_product(stock=1))
    one = statements(lambda: anybody.get(PRODUCTS))
    picture(make_numbered(numbers=2))
    picture(make_product(stock=1))
    three = statements(lambda: anybody.get(PRODUCTS))

    # Products with category and free numbers; pictures.
    assert one == three == 2
    assert statements(lambda: anybody.get("/api/categories/")) == 1
