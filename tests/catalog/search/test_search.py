"""Products are found by their words however they are typed, and whatever way they were written."""

from decimal import Decimal

import pytest
from django.db import connection

from catalog.models import Category, Product, SearchWord
from catalog.search import search
from catalog.shelf import shelf
from tests.factories import make_numbered, make_product
from tests.parallel import at_once

pytestmark = pytest.mark.django_db


def found(text: str = "", **wish) -> list[str]:
    return [product.name for product in shelf.find(text=text, **wish)]


@pytest.fixture
def coffee() -> Product:
    return make_product(
        name="Cà phê Đà Lạt", sku="CT-DALAT-250", description="Rang mộc, thơm mùi ca cao. Straße, œuvre."
    )


@pytest.mark.parametrize(
    "text",
    [
        "cà phê", "ca phe", "CA PHE", "Ca\u0300 phe\u0302", "phe ca", "ca", "ph", "da lat", "đà", "ĐÀ LẠT", "dal",
        "CT-DALAT-250", "ct-da", "250", "-250", "things", "thing", "thom mui", "thơm", "strasse", "oeuvre", "ca-phe!",
    ],
)  # fmt: skip
def test_product_is_found_by_the_beginnings_of_its_words_without_accents(coffee, text):
    make_product(name="Teapot", sku="TP", category=Category.objects.create(name="Pots", slug="pots"))
    assert found(text) == ["Cà phê Đà Lạt"]


@pytest.mark.parametrize("text", ["cà phê sữa", "hê", "alat", "phela", "cap he"])
def test_product_without_one_of_the_words_is_not_found(coffee, text):
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "'", '"', "' OR 1=1 --", "a & b | !c <-> d:*", "((", "\\", "\\'", ":*", "a:*B", "\x00", "a\x00b", "%", "_",
        "\ud800", "\u202e«»…", "ﷺ" * 300, "x" * 10_000, "x " * 5_000, "Ω" * 10_000, "🍵", "<script>", "&" * 10_000, "\n\t",
    ],
)  # fmt: skip
def test_search_takes_any_text(coffee, text):
    assert found(text) in ([], ["Cà phê Đà Lạt"])


def test_name_counts_more_than_sku_category_and_description():
    teas = Category.objects.create(name="Lotus teas", slug="lotus")
    make_product(name="A bowl", description="lotus " * 50)
    make_product(name="B cup", category=teas)
    make_product(name="C pot", sku="LOTUS-1")
    make_product(name="Z lotus")
    assert found("lotus") == ["Z lotus", "C pot", "B cup", "A bowl"]


def test_words_follow_a_plain_update(coffee):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE catalog_product SET name = 'Trà đen' WHERE id = %s", [coffee.pk])
    assert (found("tra den"), found("phe")) == (["Trà đen"], [])
    Product.objects.filter(pk=coffee.pk).update(description="Lá to", sku="TD-1")
    assert found("la to td") == ["Trà đen"]
    rooms = Category.objects.create(name="Phòng", slug="rooms")
    Product.objects.filter(pk=coffee.pk).update(category=rooms)
    assert (found("phong"), found("things")) == (["Trà đen"], [])


def test_words_follow_the_name_of_the_category(coffee):
    Category.objects.filter(slug="things").update(name="Đồ uống")
    assert (found("do uong"), found("things")) == (["Cà phê Đà Lạt"], [])


def test_words_follow_what_is_made_and_changed_in_bulk(coffee):
    like = Product.objects.get(pk=coffee.pk)
    like.pk, like.sku, like.slug, like.name = None, "BULK", "bulk", "Gáo dừa"
    Product.objects.bulk_create([like])
    assert found("gao dua") == ["Gáo dừa"]
    like.name = "Đũa gỗ"
    Product.objects.bulk_update([like], ["name"])
    assert (found("dua go"), found("gao")) == (["Đũa gỗ"], [])


@pytest.mark.django_db(transaction=True)
def test_category_renamed_while_products_are_made_is_the_new_name_for_all():
    category, _ = Category.objects.get_or_create(slug="things", defaults={"name": "Things"})

    def rename():
        Category.objects.filter(pk=category.pk).update(name="Wares")

    for _ in range(5):
        Category.objects.filter(pk=category.pk).update(name="Things")
        at_once([rename, *[make_product] * 5])
        assert len(found("wares")) == Product.objects.count()


def test_a_product_goes_with_its_words(coffee):
    coffee.delete()
    assert found("phe") == []


# --- plurals, joined words, writing without blanks, typing errors ----------------------------------------------------
GOODS = {
    "Terracotta mug": "Holds tea and other things.",
    "Amber candle": "",
    "Celadon teapot": "",
    "Band T-shirt": "",
    "Tea pot, black": "",
    "E-book: first steps": "",
    "Router, Wi-Fi 6": "",
    "Tshirt, plain": "",
    "Boxes of berries": "",
    "Καφές ελληνικός": "",
    "特選抹茶茶碗セット": "",
    "九谷焼の急須": "信楽の土で作られた湯呑みも",
    "紫砂壶茶具": "",
    "กาน้ำชาเซรามิก": "",
    "백자커피잔": "",
    "Чайные чашки": "",
    "Phin cà phê": "",
    "Kitchen knives": "",
    "Bookshelf, oak": "",
    "Shelf of oak": "",
    "Woman's scarf": "",
    "Mouse for children": "",
    "Cream for feet": "",
    "Dried leaves": "",
}


@pytest.fixture
def goods():
    for at, (name, description) in enumerate(GOODS.items()):
        make_product(name=name, description=description, sku=f"G{at}")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        # More of one thing, and one of more.
        ("mugs", ["Terracotta mug"]),
        ("candles", ["Amber candle"]),
        ("teapots", ["Celadon teapot", "Tea pot, black"]),
        ("box", ["Boxes of berries"]),
        ("berry", ["Boxes of berries"]),
        ("MUGS", ["Terracotta mug"]),
        # By no rule.
        ("knife", ["Kitchen knives"]),
        ("knives", ["Kitchen knives"]),
        ("kitchen knife", ["Kitchen knives"]),
        ("oak shelves", ["Shelf of oak"]),
        ("book shelves", ["Bookshelf, oak"]),
        ("bookshelves", ["Bookshelf, oak"]),
        ("women", ["Woman's scarf"]),
        ("scarves", ["Woman's scarf"]),
        ("mice", ["Mouse for children"]),
        ("child", ["Mouse for children"]),
        ("foot", ["Cream for feet"]),
        ("leaf", ["Dried leaves"]),
        # In one word or in two.
        ("tshirt", ["Band T-shirt", "Tshirt, plain"]),
        ("t-shirt", ["Band T-shirt", "Tshirt, plain"]),
        ("t shirts", ["Band T-shirt", "Tshirt, plain"]),
        ("tshirts", ["Band T-shirt", "Tshirt, plain"]),
        ("ebook", ["E-book: first steps"]),
        ("ebooks", ["E-book: first steps"]),
        ("e book", ["E-book: first steps"]),
        ("wifi", ["Router, Wi-Fi 6"]),
        ("wi-fi 6", ["Router, Wi-Fi 6"]),
        ("teapot", ["Celadon teapot", "Tea pot, black"]),
        ("tea pot", ["Tea pot, black", "Celadon teapot"]),
        ("caphe", ["Phin cà phê"]),
        # In the middle of what has no blanks, and in other letters.
        ("καφεσ", ["Καφές ελληνικός"]),
        ("ΚΑΦΕΣ", ["Καφές ελληνικός"]),
        ("καφές", ["Καφές ελληνικός"]),
        ("ΕΛΛΗΝΙΚΌΣ", ["Καφές ελληνικός"]),
        ("抹茶", ["特選抹茶茶碗セット"]),
        ("茶碗", ["特選抹茶茶碗セット"]),
        ("セット", ["特選抹茶茶碗セット"]),
        ("ｾｯﾄ", ["特選抹茶茶碗セット"]),
        ("急須", ["九谷焼の急須"]),
        ("湯呑み", ["九谷焼の急須"]),
        ("壶", ["紫砂壶茶具"]),
        ("茶具", ["紫砂壶茶具"]),
        ("ชา", ["กาน้ำชาเซรามิก"]),
        ("커피", ["백자커피잔"]),
        ("잔", ["백자커피잔"]),
        ("чашки", ["Чайные чашки"]),
        ("抹碗", []),
        # With typing errors.
        ("candel", ["Amber candle"]),
        ("cnadle", ["Amber candle"]),
        ("candls", ["Amber candle"]),
        ("kandle", ["Amber candle"]),
        ("teepot", ["Celadon teapot", "Tea pot, black"]),
        ("terracota mugs", ["Terracotta mug"]),
        ("muug", ["Terracotta mug"]),
        ("rooter wifi", ["Router, Wi-Fi 6"]),
        ("чашкм", ["Чайные чашки"]),
        ("terrakota", ["Terracotta mug"]),
        ("zzzzzz", []),
        ("nothing", []),
        ("candel zzzzzz", []),
    ],
)
def test_products_are_found_as_people_write(goods, text, names):
    assert sorted(found(text)) == sorted(names)


def test_what_is_written_as_asked_comes_before_what_only_means_it(goods):
    make_product(name="Candles", sku="C1")
    assert found("candles") == ["Candles", "Amber candle"]
    make_product(name="Ateapot", description="A teapot.", sku="T1")
    assert found("teapot")[-1] == "Ateapot"


def test_a_word_that_finds_something_is_not_taken_for_another(goods):
    make_product(name="Candel bay", sku="BAY")
    assert found("candel") == ["Candel bay"]
    Product.objects.filter(sku="BAY").update(name="Candle bay")
    assert sorted(found("candel")) == ["Amber candle", "Candle bay"]


@pytest.mark.parametrize(
    ("one", "other", "letters"),
    [("candel", "candle", 1), ("", "ab", 2), ("mug", "mug", 0), ("ca", "abc", 3), ("teepott", "teapot", 2)],
)
def test_distance_between_words_counts_swapped_neighbours_as_one(one, other, letters):
    assert search.distance(one, other) == letters


def test_words_are_kept_for_typing_errors_whoever_brings_them_at_once():
    make_product(name="Amber candle")
    make_product(name="Amber candle")
    assert list(
        SearchWord.objects.filter(word__in=["candle", "amber"])
        .order_by("word")
        .values_list("word", flat=True)
    ) == [
        "amber",
        "candle",
    ]


@pytest.mark.parametrize("letters", ["漢字", "word ", "a", "ก", "😀 "])
def test_a_description_of_any_length_can_be_kept(letters):
    text = (
        "".join(chr(0x4E00 + n % 20_000) for n in range(200_000)) if letters == "漢字" else letters * 200_000
    )
    make_product(name="Long", description=text)
    assert found("long") == ["Long"]


def test_a_search_is_few_statements(goods, django_assert_max_num_queries):
    for text, statements in (("mugs", 4), ("candel", 8)):
        with django_assert_max_num_queries(statements):
            assert found(text)


# --- filters ---------------------------------------------------------------------------------------------------------
def test_what_is_sold_out_can_be_left_out():
    make_product(name="Sold out")
    make_product(name="Stocked", stock=1)
    make_numbered(name="No numbers")
    make_numbered(name="Numbers", numbers=2)
    assert found(in_stock=True) == ["Numbers", "Stocked"]
    assert len(found()) == 4


def test_prices_are_compared_as_they_are_shown(settings):
    for price in ("9.99", "10.00", "20.00", "20.01"):
        make_product(name=price, price=Decimal(price))
    assert found(min_price=Decimal(10), max_price=Decimal(20)) == ["10.00", "20.00"]
    settings.CURRENCY = "VND"
    assert found(min_price=Decimal(10), max_price=Decimal(20)) == ["10.00", "20.00", "20.01", "9.99"]


@pytest.mark.parametrize(
    ("ordering", "names"),
    [("", "ABC"), ("name", "ABC"), ("new", "ACB"), ("price", "BAC"), ("-price", "CAB"), ("relevance", "ABC")],
)
def test_list_is_ordered(ordering, names):
    for name, price in (("B", 1), ("C", 3), ("A", 2)):
        make_product(name=name, price=price)
    assert "".join(found(ordering=ordering)) == names


def test_a_shop_from_before_the_search_is_filled_by_the_migration(coffee):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM catalog_productsearch")
    assert found("phe") == []
    from importlib import import_module

    migration = import_module("catalog.migrations.0003_search_and_picture_sizes")
    with connection.cursor() as cursor:
        cursor.execute(migration.FILL)
    assert found("phe") == ["Cà phê Đà Lạt"]
