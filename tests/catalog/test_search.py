"""Products are found by their words however they are typed, and whatever way they were written."""

from decimal import Decimal

import pytest
from django.db import connection

from catalog import shelf
from catalog.models import Category, Product
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
