"""/api/products/ and /api/categories/: what is on sale, for everybody."""

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from catalog.models import Category, ProductGroup
from orders.status import OrderStatus
from tests.answers import refused, statements, wrong_fields
from tests.factories import Buyer, make_group, make_numbered, make_picture, make_product, make_variant

pytestmark = pytest.mark.django_db

PRODUCTS = "/api/products/"
KEYS = {
    "sku", "slug", "name", "description", "price", "currency", "category", "inventory",
    "needs_parcel", "refunds", "refunds_label", "available", "images",
    "list_price", "lowest_price_before", "sale_ends",
    "group", "options", "price_includes_tax", "available_from", "starts_at", "is_gift_card",
}  # fmt: skip


@pytest.fixture
def anybody() -> APIClient:
    return APIClient()


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
        "list_price": None,
        "starts_at": None,
        "lowest_price_before": None,
        "sale_ends": None,
        "currency": settings.CURRENCY,
        "category": "things",
        "inventory": "counted",
        "is_gift_card": False,
        "available_from": None,
        "needs_parcel": True,
        "refunds": "immediate",
        "refunds_label": "At once",
        "available": 7,
        "price_includes_tax": True,
        "images": [],
        "group": None,
        "options": [],
    }
    assert anybody.get(PRODUCTS).json() == {"next": None, "previous": None, "results": [shown]}


def test_pictures_have_absolute_addresses_in_their_order(anybody):
    product = make_product()
    second, first = make_picture(product, position=2), make_picture(product, position=1)

    images = anybody.get(f"{PRODUCTS}{product.slug}/").json()["images"]

    assert images == [f"{settings.PUBLIC_URL}{picture.image.url}" for picture in (first, second)]
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
    books = Category.objects.create(name="Books", slug="books", position=1)
    Category.objects.create(name="Rooms", slug="rooms", position=2, parent=books)

    assert anybody.get("/api/categories/").json() == {
        "next": None,
        "previous": None,
        "results": [
            {"slug": "books", "name": "Books", "parent": None},
            {"slug": "rooms", "name": "Rooms", "parent": "books"},
        ],
    }


def test_the_list_takes_the_same_number_of_statements_with_one_product_and_with_three(anybody):
    make_picture(make_product(stock=1))
    one = statements(lambda: anybody.get(PRODUCTS))
    make_picture(make_numbered(numbers=2))
    make_picture(make_product(stock=1))
    three = statements(lambda: anybody.get(PRODUCTS))

    # Products with category and free numbers; pictures.
    assert one == three == 2
    assert statements(lambda: anybody.get("/api/categories/")) == 1


# --- finding ---------------------------------------------------------------------------------------------------------
def names(anybody, **asked) -> list[str]:
    return [product["name"] for product in anybody.get(PRODUCTS, asked).json()["results"]]


def test_list_is_searched_filtered_and_ordered(anybody):
    pots = Category.objects.create(name="Pots", slug="pots")
    make_product(name="Bình trà", price=30, category=pots, stock=1)
    make_product(name="Ấm", description="Pha trà", price=20, category=pots)
    make_product(name="Đĩa", price=10)

    assert names(anybody, q="tra") == ["Bình trà", "Ấm"]
    assert names(anybody, q="trà", ordering="price") == ["Ấm", "Bình trà"]
    assert names(anybody, category="pots", max_price="20.00") == ["Ấm"]
    assert names(anybody, min_price=10, max_price="29.99", ordering="-price") == ["Ấm", "Đĩa"]
    assert names(anybody, available="true") == ["Bình trà"]
    assert names(anybody, category="nonsense") == []
    assert len(names(anybody, min_price="0", available="false")) == 3


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ({"category": "", "q": ""}, {"category", "q"}),
        ({"category": "no slug"}, {"category"}),
        ({"min_price": "cheap", "max_price": "-1"}, {"min_price", "max_price"}),
        ({"min_price": "NaN"}, {"min_price"}),
        ({"max_price": "9" * 40}, {"max_price"}),
        ({"available": "perhaps", "ordering": "luck"}, {"available", "ordering"}),
        ({"q": "x" * 10_000}, {"q"}),
        ({"q": "\x00"}, {"q"}),
    ],
)
def test_bad_filters_are_named(anybody, asked, wrong):
    assert wrong_fields(anybody.get(PRODUCTS, asked)) == wrong


@pytest.mark.parametrize("ordering", ["relevance", "name", "new", "price", "-price"])
def test_each_ordering_goes_page_by_page_with_its_filters(anybody, ordering):
    for n in range(7):
        make_product(name=f"Mug {n % 2}", price=n % 3, description="mug " * n)
    make_product(name="Lamp")

    page = anybody.get(PRODUCTS, {"q": "mug", "ordering": ordering, "page_size": 2}).json()
    seen = page["results"]
    while page["next"]:
        page = anybody.get(page["next"]).json()
        seen += page["results"]

    whole = anybody.get(PRODUCTS, {"q": "mug", "ordering": ordering, "page_size": 100}).json()["results"]
    assert [one["sku"] for one in seen] == [one["sku"] for one in whole]
    assert len(seen) == 7


def test_price_has_the_decimals_of_the_currency(anybody, settings):
    product = make_product(price="14500.50")
    settings.CURRENCY = "VND"
    shown = anybody.get(f"{PRODUCTS}{product.slug}/").json()
    assert (shown["price"], shown["currency"]) == ("14501", "VND")


# --- variants ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def shirt() -> ProductGroup:
    group = make_group("T-shirt", slug="t-shirt", Size=["M", "L"], Colour=["blue"], option_1_vi="Cỡ")
    make_variant(group, "M", "blue", sku="TS-M", stock=1)
    make_variant(group, "L", "blue", sku="TS-L")
    return group


def skus(anybody, **asked) -> list[str]:
    return [one["sku"] for one in anybody.get(PRODUCTS, asked).json()["results"]]


def test_a_variant_says_what_it_is_one_of_and_by_which_values(anybody, shirt):
    shown = anybody.get(f"{PRODUCTS}ts-m/").json()
    assert shown["name"] == "T-shirt, M, blue"
    assert shown["group"] == {"slug": "t-shirt", "name": "T-shirt"}
    assert shown["options"] == [{"name": "Size", "value": "M"}, {"name": "Colour", "value": "blue"}]
    there = anybody.get(f"{PRODUCTS}ts-m/", headers={"Accept-Language": "vi"}).json()
    assert there["options"][0] == {"name": "Cỡ", "value": "M"}


def test_variants_are_listed_each_and_narrowed_down(anybody, shirt):
    make_product(sku="MUG")
    assert skus(anybody) == ["MUG", "TS-L", "TS-M"]
    assert skus(anybody, group="t-shirt") == ["TS-L", "TS-M"]
    assert skus(anybody, option="Size:M") == ["TS-M"]
    assert skus(anybody, option=["Size:M", "Size:L", "Colour:blue"]) == ["TS-L", "TS-M"]
    assert skus(anybody, option=["Size:M", "Colour:red"]) == []
    assert skus(anybody, group="nothing") == []


@pytest.mark.parametrize("option", ["Size", ":M", "Size:", "x" * 100])
def test_an_option_without_a_value_is_refused(anybody, option):
    assert anybody.get(PRODUCTS, {"option": option}).status_code == 400


def test_variants_take_no_statement_each(anybody, shirt):
    few = statements(lambda: anybody.get(PRODUCTS))
    shirt.values.create(option=1, name="XL")
    make_variant(shirt, "XL", "blue")
    assert statements(lambda: anybody.get(PRODUCTS)) == few


def test_a_category_has_what_is_below_it(anybody):
    above = Category.objects.create(name="Above", slug="above")
    below = Category.objects.create(name="Below", slug="below", parent=above)
    make_product(sku="DEEP", category=below)
    assert skus(anybody, category="above") == ["DEEP"]
    assert skus(anybody, category="nothing") == []
