"""SKUs that differ in case or in their Unicode form alone are one product's."""

import unicodedata
from importlib import import_module

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from catalog.models import Number, Product
from tests.bulk.tables import checked, counts, imported, problems
from tests.catalog.test_admin import PRODUCTS, sent_by_form
from tests.factories import make_numbered, make_product

pytestmark = pytest.mark.django_db
NFD = unicodedata.normalize("NFD", "TÁCH-1")


@pytest.mark.parametrize(
    ("there", "new"),
    [("CUP", "cup"), ("TÁCH-1", NFD), (NFD, "tách-1"), ("CUP", "ＣＵＰ"), ("ΣΑΣ", "σας"), ("ЧАЙ", "чай")],
)
def test_a_second_product_with_such_a_sku_is_refused_at_every_door(client, staff, there, new):
    product = make_product(sku=there, slug="kept")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_product(sku=new, slug="other")
    client.force_login(staff)
    form = sent_by_form(product, sku=new, slug="new", inventory="counted")
    answer = client.post(f"{PRODUCTS}add/", form)
    assert answer.status_code == 200 and "SKU" in answer.text
    text = f"sku,name,slug,category,price\n{new},Renamed,{product.slug},things,5\n"
    assert counts(imported("products", text, actor=staff)) == (0, 1, 0, 0)
    product.refresh_from_db()
    assert Product.objects.count() == 1
    assert (product.name, product.sku) == ("Renamed", unicodedata.normalize("NFC", there))


def test_a_sku_is_kept_composed_and_found_in_either_form():
    make_product(sku=NFD)
    assert Product.objects.get(sku="TÁCH-1").sku == "TÁCH-1"
    assert Product.objects.filter(sku__in=[NFD]).exists()


def test_tables_know_a_product_in_capitals_and_small_letters(staff):
    cup, room = make_product(sku="CUP", stock=1), make_numbered(sku="ROOM")
    imported("stock", "sku,received\ncup,2\n", actor=staff)
    imported("prices", "sku,price\nCup,3.00\n", actor=staff)
    imported("numbers", "sku,number\nroom,7\n", actor=staff)
    assert counts(checked("numbers", "sku,number\nRooM,7\n", actor=staff)) == (0, 0, 1, 0)
    cup.refresh_from_db()
    assert (cup.sku, cup.stock_quantity, cup.price) == ("CUP", 3, 3)
    assert Number.objects.get().product == room


def test_one_product_twice_in_a_table_is_a_bad_line(staff):
    make_product(sku="CUP")
    make_product(sku="TÁCH-1")
    text = f"sku,price\nCUP,1\ncup,2\nTÁCH-1,3\n{NFD},4\n"
    assert problems(checked("prices", text, actor=staff)) == [(3, "sku", "twice"), (5, "sku", "twice")]


def test_a_shop_that_has_such_products_already_is_told_what_became_of_them(capsys):
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX catalog_product_sku_once")
    cups = [
        make_product(sku=sku, slug=f"s{n}") for n, sku in enumerate(("Cup", "CUP", "cup", "CUP-2", "x" * 64))
    ]
    last = make_product(sku="X" * 64, slug="last")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE catalog_product SET sku = %s WHERE id = %s", [NFD, make_product().pk])

    with connection.schema_editor() as editor:
        import_module("catalog.migrations.0008_sku_once").part(apps, editor)

    skus = dict(Product.objects.values_list("pk", "sku"))
    assert [skus[cup.pk] for cup in cups[:4]] == ["Cup", "CUP-3", "cup-4", "CUP-2"]
    assert (skus[cups[4].pk], skus[last.pk]) == ("x" * 64, "X" * 62 + "-2")
    assert "TÁCH-1" in skus.values()
    said = capsys.readouterr().out
    assert (
        f'product {cups[1].pk}: its SKU "CUP" is now "CUP-3", as product {cups[0].pk} has "Cup" already.'
        in said
    )
