"""The product list finds, filters and orders by its address alone, and says what is on."""

import re

import pytest
from django.core.files.base import ContentFile
from django.utils.html import escape

from catalog.models import Category, ProductImage
from catalog.shelf import lists
from tests.factories import make_numbered, make_picture, make_product, picture_bytes
from tests.shop.conftest import words

pytestmark = pytest.mark.django_db
LIST = "/products/"


def listed(visitor, **asked) -> list[str]:
    return [product.name for product in visitor.get(LIST, asked).context["page"]]


@pytest.fixture
def shelves() -> Category:
    """A few things, and the category of two of them."""
    tea = Category.objects.create(name="Trà", slug="tea")
    make_product(name="Trà sen", price=15, category=tea, stock=3)
    make_product(name="Trà đen", price=9, category=tea)
    make_product(name="Bình trà", price=49, stock=1)
    make_numbered(name="Tea house seat", price=30, numbers=2, description="Trà")
    return tea


def test_words_category_price_and_stock_go_together(visitor, shelves):
    assert listed(visitor, q="tra") == ["Trà đen", "Trà sen", "Bình trà", "Tea house seat"]
    assert listed(visitor, q="tra", category="tea", in_stock="1") == ["Trà sen"]
    assert listed(visitor, q="tra", min_price="10", max_price="30", sort="price") == [
        "Trà sen",
        "Tea house seat",
    ]
    assert listed(visitor, in_stock="1", sort="-price") == ["Bình trà", "Tea house seat", "Trà sen"]


def test_number_of_results_is_told(visitor, shelves):
    assert "3 products" in visitor.text(f"{LIST}?in_stock=1")
    assert "0 products for “sen den”" in visitor.text(f"{LIST}?q=sen+den")


def test_a_number_that_nobody_pages_through_is_not_told(visitor, shelves, monkeypatch):
    monkeypatch.setattr(lists, "MAX_COUNTED", 2)
    assert "More than 2 products" in visitor.text(LIST)
    assert "More than 2 products for “tra”" in visitor.text(f"{LIST}?q=tra")
    assert "2 products" in visitor.text(f"{LIST}?category=tea")
    assert len(visitor.get(LIST).context["page"]) == 2


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"min_price": "abc"}, "“abc” is not an amount"),
        ({"max_price": "-1"}, "“-1” is not an amount"),
        ({"min_price": "1.500"}, "“1.500” is not an amount"),
        ({"min_price": "NaN"}, "“NaN” is not an amount"),
        ({"max_price": "9" * 50}, "is not an amount"),
        ({"min_price": "14", "max_price": "10"}, "The highest price is below the lowest."),
        ({"category": "nonsense"}, "There is no such category."),
    ],
)
def test_bad_filter_is_named_and_the_rest_is_kept(visitor, shelves, asked, says):
    shown = words(visitor.get(LIST, {"q": "tra", "in_stock": "1", "sort": "price", **asked}))
    assert says in shown
    assert "Trà sen" in shown and "Trà đen" not in shown
    assert re.search(r'id="search"[^>]*value="tra"', shown)
    assert 'value="price" selected' in shown
    for name, value in asked.items():
        assert name == "category" or f'value="{escape(value)}"' in shown


def test_each_filter_that_is_on_can_be_taken_off(visitor, shelves):
    asked = {"q": "tra", "category": "tea", "min_price": "5", "in_stock": "1", "sort": "", "page": "1"}
    answer = visitor.get(LIST, asked)
    off = {chip.label: chip.without for chip in answer.context["chips"]}
    assert off == {
        "“tra”": "category=tea&min_price=5&in_stock=1",
        "from $5.00": "q=tra&category=tea&in_stock=1",
        "In stock only": "q=tra&category=tea&min_price=5",
    }
    assert f'href="{LIST}?q=tra&amp;category=tea&amp;in_stock=1"' in words(answer)
    assert listed(visitor) and visitor.get(LIST).context["chips"] == []


def test_pages_keep_the_filters_in_their_address(visitor):
    for n in range(30):
        make_product(name=f"Cốc {n:02}", price=n, stock=1)
    address, seen = f"{LIST}?q=coc&min_price=2&in_stock=1&sort=-price", []
    while address:
        shown = visitor.get(address)
        seen += [product.name for product in shown.context["page"]]
        following = re.search(r'rel="next"\s+href="([^"]*)"', words(shown))
        address = LIST + following[1].replace("&amp;", "&") if following else None
    assert seen == [f"Cốc {n:02}" for n in range(29, 1, -1)]


def test_nothing_found_says_what_to_do(visitor, shelves):
    shown = visitor.text(f"{LIST}?q=nothing&in_stock=1")
    assert "Nothing found" in shown and "Remove a filter above" in shown
    assert "Remove filter:" in shown
    empty = Category.objects.create(name="Empty", slug="empty")
    assert "There is nothing here yet" in visitor.text(f"{LIST}?category={empty.slug}")


def test_best_match_is_offered_only_where_something_is_looked_for(visitor, shelves):
    assert "Best match" not in visitor.text(LIST)
    assert 'value="relevance" selected' in visitor.text(f"{LIST}?q=tra")
    assert 'value="name" selected' in visitor.text(f"{LIST}?sort=relevance")


def test_live_part_has_an_address_with_no_more_than_what_was_chosen(visitor, shelves):
    asked = {"q": "tra", "min_price": "", "max_price": "", "sort": "price"}
    live = visitor.get(LIST, asked, headers={"hx-request": "true"})
    assert live["HX-Push-Url"] == f"{LIST}?q=tra&sort=price"
    assert visitor.get(LIST, headers={"hx-request": "true"})["HX-Push-Url"] == LIST
    assert listed(visitor, **asked) == [product.name for product in live.context["page"]]


def test_nine_digits_of_dong_are_written_and_filtered(visitor, settings):
    settings.CURRENCY = "VND"
    make_product(name="Gold", price=123456789, stock=1)
    assert "₫123,456,789" in visitor.text(LIST)
    assert listed(visitor, min_price="123456789", max_price="123456789") == ["Gold"]
    assert "from ₫123,456,789" in visitor.text(f"{LIST}?min_price=123456789")


# --- pictures --------------------------------------------------------------------------------------------------------
def test_cards_have_two_sizes_and_those_below_the_fold_are_lazy(visitor):
    for _ in range(6):
        file = ContentFile(picture_bytes(900, 900), name="x.png")
        ProductImage.objects.create(product=make_product(), image=file)
    pictures = re.findall(r"<img [^>]*>", words(visitor.get(LIST)))
    assert len(pictures) == 6
    for picture in pictures:
        assert re.search(r'srcset="\S+-card\.webp 600w, \S+\.webp 900w" sizes="[^"]+"', picture)
        assert 'width="600" height="600"' in picture
    assert 'fetchpriority="high"' in pictures[0]
    assert ["lazy" in picture for picture in pictures] == [False] * 4 + [True] * 2


def test_product_page_shows_its_pictures_one_large_and_the_others_to_choose(visitor):
    product = make_product(stock=1)
    assert "gallery-choice" not in visitor.text(product.get_absolute_url())
    for position in range(3):
        make_picture(product, position=position, alt=f"Side {position}")
    shown = visitor.text(product.get_absolute_url())
    assert shown.count('type="radio"') == 3 and shown.count(" checked>") == 1
    assert shown.count('fetchpriority="high"') == 1
    assert shown.count('loading="lazy"') == 5


# --- when it comes ---------------------------------------------------------------------------------------------------
def test_visitor_sees_the_delivery_to_the_main_zone(visitor, buyer):
    buyer.table.min_days, buyer.table.max_days = 2, 4
    buyer.table.save()
    shown = visitor.text(make_product(stock=1).get_absolute_url())
    assert "2–4 working days" in shown and "$4.00" in shown


def test_customer_sees_the_delivery_to_the_first_address(customer, buyer):
    product = make_product(stock=1)
    assert "to Huế" in customer.text(product.get_absolute_url())
    buyer.user.addresses.update(country="AQ", city="McMurdo")
    assert "No courier brings this to McMurdo yet." in customer.text(product.get_absolute_url())


def test_what_weighs_nothing_needs_no_delivery(visitor, buyer):
    shown = visitor.text(make_numbered(numbers=1, needs_parcel=False).get_absolute_url())
    assert "Delivered online" in shown and "working day" not in shown


def test_shop_without_couriers_promises_nothing(visitor):
    assert "data-delivery" not in visitor.text(make_product(stock=1).get_absolute_url())
