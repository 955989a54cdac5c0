"""SKUs that differ in case, in their Unicode form or in what can't be seen alone are one product's."""

import unicodedata
from importlib import import_module

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.test import Client

from catalog import inventory
from catalog.models import Number, OptionValue, Product
from catalog.skus import Key, alike, products_of
from orders.checkout.items import MAX_QUANTITY
from orders.errors import InvalidInput
from shop.cart_stores import SessionCart
from tests.bulk.tables import checked, counts, imported, problems
from tests.catalog.admin.test_admin import PRODUCTS, sent_by_form
from tests.factories import make_group, make_numbered, make_product

pytestmark = pytest.mark.django_db
NFD = unicodedata.normalize("NFD", "TÁCH-1")
# A zero width space, joiners, a soft hyphen, a mark of direction, a byte order mark, a variation selector, a tag.
SIGNS = "\u200b\u200c\u200d\u2060\u00ad\u200e\u202e\ufeff\ufe0f\u034f\U000e0041"
UNSEEN = [
    *(f"A{sign}-1" for sign in SIGNS),
    *(f"a{dash}1" for dash in "\u2010\u2011\u2012\u2013\u2014\u2212\uff0d\u2043"),
]
SPACES = ["\u00a0", "\u2009", "\u202f", "\u3000", "\u1680", "\u2028", "  "]


@pytest.mark.parametrize(
    ("there", "new"),
    [
        *[
            ("CUP", "cup"),
            ("TÁCH-1", NFD),
            (NFD, "tách-1"),
            ("CUP", "ＣＵＰ"),
            ("ΣΑΣ", "σας"),
            ("ЧАЙ", "чай"),
        ],
        *[("A-1", unseen) for unseen in UNSEEN],
        *[("A 1", f"A{space}1") for space in SPACES],
    ],
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


@pytest.mark.parametrize(
    "sign", [*SIGNS, "\x07", "\t", *"\u2010\u2011\u2013\u2014\u2212\u2043", *SPACES, "Ａ", "ß", "ｶﾞ"]
)
def test_python_and_postgres_see_the_same(sign):
    """Besides those whose capitals are two letters."""
    sku = f"a{sign}1 "
    make_product(sku=sku, slug="one")
    key = Product.objects.annotate(key=Key("sku")).values_list("key", flat=True).get()
    assert key == alike(sku).replace("SS", "ß")


def test_a_new_sku_is_written_so_that_all_of_it_is_seen(client, staff):
    client.force_login(staff)
    product = make_product()
    form = sent_by_form(product, sku="\u200bB\u20111\u00a0x\ufeff", slug="new", inventory="counted")
    client.post(f"{PRODUCTS}add/", form)
    text = "sku,name,slug,category,price\nC\u00ad\u2013\u2009 2,Two,two,things,5\n"
    assert counts(imported("products", text, actor=staff)) == (1, 0, 0, 0)
    assert {*Product.objects.values_list("sku", flat=True)} == {product.sku, "B-1 x", "C- 2"}
    assert client.post(f"{PRODUCTS}add/", form | {"sku": "\u200b"}).status_code == 200
    assert Product.objects.count() == 3


def test_preview_and_cart_find_what_was_meant(buyer):
    mug = make_product(sku="A-1", stock=100)
    preview = buyer.preview_of(("A\u2011\u200b1", 2), ("A-1", 1))
    assert [(line.sku, line.quantity) for line in preview.lines] == [("A-1", 3)]
    with pytest.raises(InvalidInput):
        buyer.preview_of(("A\u20111", MAX_QUANTITY), ("A-1", 1))
    browser = Client()
    browser.post("/cart/add/", {"sku": "A\u20131", "quantity": 2})
    assert dict(SessionCart(browser.session)) == {mug.sku: 2}


def test_clashes_from_before_keep_their_writing_and_are_found_by_it(capsys, buyer, client, staff):
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX catalog_product_sku_once")
    seen, unseen = make_product(sku="A-1", stock=5), make_product(sku="a\u20111", slug="unseen", stock=5)
    third = make_product(sku="A\u200b-1", slug="third")
    alone = make_product(sku="B\u00a01", slug="alone")
    with connection.schema_editor() as editor:
        import_module("catalog.migrations.0017_sku_seen").see(apps, editor)
        editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    constraint = next(one for one in Product._meta.constraints if one.name == "catalog_product_sku_once")
    with connection.schema_editor() as editor:
        editor.add_constraint(Product, constraint)
    skus = dict(Product.objects.values_list("pk", "sku"))
    assert skus == {seen.pk: "A-1", unseen.pk: "a\u20111", third.pk: "A\u200b-1", alone.pk: "B 1"}
    assert (
        f"product {unseen.pk}: its SKU 'a\\u20111' looks like that of product {seen.pk}"
        in capsys.readouterr().out
    )

    given = ["A-1", "a\u20111", "A\u200b-1", "A\u2013\u200b1", "B\u20091"]
    assert products_of(given) == dict(
        zip(given, [seen.pk, unseen.pk, third.pk, seen.pk, alone.pk], strict=True)
    )
    preview = buyer.preview_of(("a\u20111", 1), ("A-1", 1))
    assert [line.sku for line in preview.lines] == ["a\u20111", "A-1"]

    client.force_login(staff)
    page = f"{PRODUCTS}{unseen.pk}/change/"
    same = sent_by_form(unseen, price="7.00")
    assert client.post(page, same).status_code == 302, "it can still be saved"
    assert client.post(page, same | {"sku": "A\u20101"}).status_code == 200, "and not as another's"
    assert client.post(page, same | {"sku": "A-2"}).status_code == 302
    unseen.refresh_from_db()
    assert (unseen.sku, unseen.price, unseen.is_alike) == ("A-2", 7, False)


# --- numbers and options' values -------------------------------------------------------------------------------------

SEAT = "Ghế số 5"
SAME_SEAT = [
    unicodedata.normalize("NFD", SEAT),
    "Ghế\N{NO-BREAK SPACE}số 5",
    "Ghế số 5\u200b",
    "\ufeffGhế số 5",
]


@pytest.mark.parametrize("again", SAME_SEAT, ids=ascii)
def test_a_seat_that_only_is_written_otherwise_is_not_sold_twice(staff, again):
    seats = make_numbered(sku="SEAT")
    assert inventory.add_numbers(product_id=seats.pk, values=[again, SEAT], actor=staff) == 1
    assert inventory.add_numbers(product_id=seats.pk, values=[again], actor=staff) == 0
    job = checked("numbers", f"sku,number\nSEAT,{again}\nSEAT,Ghế số 6\n", actor=staff)
    assert counts(job) == (1, 0, 1, 0)
    job = checked("numbers", f"sku,number\nSEAT,Ghế số 7\nSEAT,{again.replace('5', '7')}\n", actor=staff)
    assert [code for _line, _column, code in problems(job)] == ["twice"]
    assert Number.objects.get().value == SEAT


def test_capitals_of_a_key_and_joiners_of_a_name_stay(staff):
    keys = make_numbered()
    values = ["aB-1", "AB-1", "\u0645\u06cc\u200c\u062e"]
    assert inventory.add_numbers(product_id=keys.pk, values=values, actor=staff) == 3


@pytest.mark.parametrize(
    "again", [unicodedata.normalize("NFD", "Crème"), "Cr\u00adème", " Crème\u200b"], ids=ascii
)
def test_a_value_that_only_is_written_otherwise_is_the_same_value(staff, again):
    group = make_group("Towel", slug="towel", Colour=["Crème"])
    with pytest.raises(IntegrityError), transaction.atomic():
        OptionValue.objects.create(group=group, option=1, name=again)
    imported("variants", f"sku,group,value_1,price,weight_g\nT-1,towel,{again},5,100\n", actor=staff)
    assert Product.objects.get().value_1.name == "Crème" and OptionValue.objects.count() == 1
