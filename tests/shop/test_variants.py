"""A product with options has one page where its variants are chosen, and one card in each list."""

import re
from datetime import timedelta

import pgtrigger
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import (
    Category,
    OptionValue,
    PriceChange,
    Product,
    ProductGroup,
    ProductImage,
    shown_pictures,
)
from tests.factories import make_group, make_picture, make_product, make_user, make_variant
from tests.shop.conftest import words

pytestmark = pytest.mark.django_db
LIST = "/products/"


@pytest.fixture
def shirt() -> ProductGroup:
    """Blue in M and L, of which L is sold out; white in M alone, and dearer."""
    group = make_group("T-shirt", slug="t-shirt", Size=["M", "L"], Colour=["blue", "white"])
    make_variant(group, "M", "blue", sku="TS-M-BLUE", price=20, stock=9)
    make_variant(group, "L", "blue", sku="TS-L-BLUE", price=20)
    make_variant(group, "M", "white", sku="TS-M-WHITE", price=25, stock=3)
    return group


def cards(visitor, **asked) -> list[tuple[str, str]]:
    """The names in a list, and the SKUs that stand for them."""
    return [(card.name, card.product.sku) for card in visitor.get(LIST, asked).context["cards"]]


def page(visitor, variant: str = "") -> str:
    return words(visitor.get("/products/t-shirt/", {"variant": variant} if variant else {}))


# --- the page ----------------------------------------------------------------------------------------------------------
def test_the_first_that_is_left_is_chosen_and_every_value_leads_to_a_variant(visitor, shirt):
    shown = visitor.get("/products/t-shirt/")
    assert shown.context["product"].sku == "TS-M-BLUE"
    size, colour = shown.context["options"]
    assert (size.name, colour.name) == ("Size", "Colour")
    told = [(one.value.name, one.variant.sku, one.is_chosen, one.is_sold_out) for one in size.choices]
    assert told == [("M", "TS-M-BLUE", True, False), ("L", "TS-L-BLUE", False, True)]
    assert [(one.value.name, one.variant.sku) for one in colour.choices] == [
        ("blue", "TS-M-BLUE"),
        ("white", "TS-M-WHITE"),
    ]


def test_a_value_without_the_other_leads_to_what_there_is(visitor, shirt):
    shown = visitor.get("/products/t-shirt/", {"variant": "ts-m-white"})
    size, _colour = shown.context["options"]
    assert [one.variant.sku for one in size.choices] == ["TS-M-WHITE", "TS-L-BLUE"]


def test_the_chosen_variant_is_what_is_bought(visitor, shirt):
    assert 'name="sku" value="TS-M-WHITE"' in page(visitor, "ts-m-white")
    visitor.post("/cart/add/", {"sku": "TS-M-WHITE", "quantity": 1})
    assert "T-shirt, M, white" in visitor.text("/cart/")


def test_a_sold_out_variant_says_so_and_can_be_waited_for(visitor, shirt):
    shown = page(visitor, "ts-l-blue")
    assert "Tell me when it's back" in shown
    assert 'name="add"' not in shown
    user = make_user()
    visitor.force_login(user)
    visitor.post("/back-in-stock/", {"sku": "TS-L-BLUE", "next": "/products/t-shirt/?variant=ts-l-blue"})
    assert [wait.product.sku for wait in user.waits.all()] == ["TS-L-BLUE"]


def test_a_stranger_with_a_wrong_address_sees_the_options_still(visitor, shirt):
    answer = visitor.post("/back-in-stock/", {"sku": "TS-L-BLUE", "email": "nonsense"})
    assert answer.context["product"].sku == "TS-L-BLUE"
    assert len(answer.context["options"]) == 2
    assert 'href="/products/t-shirt/?variant=ts-m-white"' in words(answer)


def test_the_address_of_a_variant_leads_to_the_one_page(visitor, shirt):
    answer = visitor.get("/products/ts-m-white/")
    assert (answer.status_code, answer.url) == (302, "/products/t-shirt/?variant=ts-m-white")
    assert re.search(r'rel="canonical" href="[^"?]*/products/t-shirt/"', page(visitor, "ts-m-white"))


def test_an_unknown_variant_is_the_first_and_one_off_sale_is_not_offered(visitor, shirt):
    assert visitor.get("/products/t-shirt/?variant=%00'").context["product"].sku == "TS-M-BLUE"
    Product.objects.filter(sku="TS-M-WHITE").update(is_active=False)
    assert visitor.get("/products/t-shirt/?variant=ts-m-white").context["product"].sku == "TS-M-BLUE"
    assert visitor.get("/products/ts-m-white/").status_code == 404
    Product.objects.update(is_active=False)
    assert visitor.get("/products/t-shirt/").status_code == 404


def test_a_variants_picture_wins_over_its_groups(visitor, shirt):
    own = make_picture(Product.objects.get(sku="TS-M-WHITE"))
    groups = ProductImage.objects.create(group=shirt, image=own.image.name)
    assert str(groups.image) in page(visitor, "ts-m-blue")
    shown = visitor.get("/products/t-shirt/?variant=ts-m-white").context["product"]
    assert shown_pictures(shown) == [own]


def test_the_page_speaks_the_readers_language(visitor, shirt):
    ProductGroup.objects.update(name_vi="Áo thun", option_1_vi="Cỡ")
    OptionValue.objects.filter(name="blue").update(name_vi="xanh")
    shown = visitor.text("/vi/products/t-shirt/")
    assert all(word in shown for word in ("Áo thun", "Cỡ", "xanh"))


# --- lists -------------------------------------------------------------------------------------------------------------
def test_a_group_has_one_card_from_its_cheapest_variant(visitor, shirt):
    make_product(name="Cap", sku="CAP", price=5, stock=1)
    assert cards(visitor, sort="price") == [("Cap", "CAP"), ("T-shirt", "TS-M-BLUE")]
    shown = visitor.text(LIST)
    assert "2 products" in shown
    assert "from $20.00" in shown
    assert "from $5.00" not in shown


def test_a_card_says_sold_out_when_no_variant_is_left(visitor, shirt):
    Product.objects.exclude(sku="TS-M-WHITE").update(is_active=False)
    assert "Sold out" not in visitor.text(LIST)
    Product.objects.update(stock_quantity=0)
    shown = visitor.text(LIST)
    assert "Sold out" in shown
    assert "from $" not in shown


def test_variants_are_found_by_sku_and_by_value_and_the_card_leads_to_them(visitor, shirt):
    assert cards(visitor, q="shirt white") == [("T-shirt", "TS-M-WHITE")]
    assert cards(visitor, q="ts-l-blue") == [("T-shirt", "TS-L-BLUE")]
    assert "/products/t-shirt/?variant=ts-m-white" in visitor.text(f"{LIST}?q=white")
    assert "?variant=" not in visitor.text(LIST)


def test_lists_are_filtered_by_price_and_stock_of_the_variants(visitor, shirt):
    assert cards(visitor, min_price="21") == [("T-shirt", "TS-M-WHITE")]
    assert cards(visitor, min_price="26") == []
    assert cards(visitor, q="L", in_stock="1") == []


def test_lists_are_filtered_by_values_of_options(visitor, shirt):
    mug = make_group("Mug", slug="mug", Colour=["white", "red"])
    make_variant(mug, "white", sku="MUG-W", stock=1)
    assert cards(visitor, option="Colour:white") == [("Mug", "MUG-W"), ("T-shirt", "TS-M-WHITE")]
    assert cards(visitor, option=["Colour:white", "Size:M"]) == [("T-shirt", "TS-M-WHITE")]
    assert cards(visitor, option=["Colour:white", "Size:L"]) == []
    assert len(cards(visitor, option=["Colour:white", "Colour:blue"])) == 2
    assert len(cards(visitor, option=["nonsense", ":", "a\0:b"])) == 0


def test_a_variant_on_sale_says_the_lowest_price_before_on_its_page_its_card_and_in_the_api(visitor):
    """Directive 98/6/EC: beside what it was reduced from, as of any product."""
    group = make_group("Cap", slug="cap", Colour=["red", "blue"])
    red, blue = (make_variant(group, colour, price=20, stock=3) for colour in ("red", "blue"))
    with pgtrigger.ignore():
        PriceChange.objects.filter(product=blue).update(price=18, at=timezone.now() - timedelta(days=90))
        PriceChange.objects.create(product=blue, price=20, at=timezone.now() - timedelta(days=2))
    Product.objects.filter(pk=blue.pk).update(sale_price=15)
    Product.objects.filter(pk=red.pk).update(is_active=False)

    said = "Lowest price in the 30 days before the sale: $18.00"
    for path in (f"/products/cap/?variant={blue.slug}", LIST, "/"):
        shown = visitor.text(path)
        assert "<s>$20.00</s>" in shown and said in shown, path
    assert visitor.get(f"/api/products/{blue.slug}/").json()["lowest_price_before"] == "18.00"

    # Beside a dearer one its card says "from", and nothing of a reduction.
    Product.objects.filter(pk=red.pk).update(is_active=True)
    shown = visitor.text(LIST)
    assert "from $15.00" in shown and "<s>" not in shown
    assert cards(visitor, max_price="16") == [("Cap", blue.sku)]


def test_the_values_that_there_are_are_offered_and_those_that_are_on_named(visitor, shirt):
    answer = visitor.get(LIST, {"option": ["Size:L", "Colour:blue"]})
    told = [(one.label, one.values) for one in answer.context["option_filters"]]
    assert told == [
        ("Colour", [("Colour:blue", "blue", True), ("Colour:white", "white", False)]),
        ("Size", [("Size:M", "M", False), ("Size:L", "L", True)]),
    ]
    chips = [(chip.label, chip.without) for chip in answer.context["chips"]]
    assert chips == [("Size: L", "option=Colour%3Ablue"), ("Colour: blue", "option=Size%3AL")]


def test_a_shop_without_variants_offers_no_options(visitor):
    make_product(stock=1)
    assert visitor.get(LIST).context["option_filters"] == []


def test_a_list_takes_as_many_statements_for_many_groups_as_for_one(visitor, shirt):
    visitor.get(LIST)
    with CaptureQueriesContext(connection) as one:
        visitor.get(LIST)
    for at in range(4):
        group = make_group(f"Group {at}", Size=["M", "L"])
        for value in ("M", "L"):
            make_variant(group, value, stock=1)
    with CaptureQueriesContext(connection) as many:
        visitor.get(LIST)
    assert len(many) == len(one)


def test_the_page_takes_as_many_statements_for_many_variants_as_for_few(visitor, shirt):
    visitor.get("/products/t-shirt/")
    with CaptureQueriesContext(connection) as few:
        visitor.get("/products/t-shirt/")
    for at in range(5):
        OptionValue.objects.create(group=shirt, option=1, name=f"X{at}")
        make_variant(shirt, f"X{at}", "blue", stock=1)
    with CaptureQueriesContext(connection) as many:
        visitor.get("/products/t-shirt/")
    assert len(many) == len(few)


# --- categories --------------------------------------------------------------------------------------------------------
@pytest.fixture
def clothes() -> Category:
    return Category.objects.create(name="Clothes", slug="clothes")


def test_a_category_has_what_is_below_it_and_says_where_one_is(visitor, clothes):
    tops = Category.objects.create(name="Tops", slug="tops", parent=clothes)
    make_product(name="Vest", sku="VEST", category=tops)
    make_product(name="Belt", sku="BELT", category=clothes)
    assert cards(visitor, category="clothes") == [("Belt", "BELT"), ("Vest", "VEST")]
    assert cards(visitor, category="tops") == [("Vest", "VEST")]
    answer = visitor.get(LIST, {"category": "tops"})
    assert answer.context["way"] == [clothes]
    assert visitor.get("/products/vest/").context["way"] == [clothes, tops]
    assert visitor.get("/").context["categories"] == [(clothes, 2)]


def test_a_product_may_be_in_several_categories(visitor, clothes, shirt):
    sale = Category.objects.create(name="Sale", slug="sale")
    belt = make_product(name="Belt", sku="BELT", category=clothes)
    belt.also_in.add(sale)
    shirt.also_in.add(sale)
    assert cards(visitor, category="sale") == [("Belt", "BELT"), ("T-shirt", "TS-M-BLUE")]
    assert cards(visitor, category="clothes") == [("Belt", "BELT")]


def test_search_engines_are_told_of_the_one_page(visitor, shirt):
    addresses = re.findall(r"<loc>([^<]*)</loc>", visitor.get("/sitemap.xml").text)
    assert [one for one in addresses if "ts-" in one] == []
    assert len([one for one in addresses if one.endswith("/products/t-shirt/")]) == 2
