"""Names and descriptions in every language: what is found, sorted, edited and exchanged, and what falls back."""

import pgtrigger
import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.utils import translation
from rest_framework.test import APIClient

from catalog.models import Category, Product, ProductImage, ProductSearch
from catalog.search import by_name
from catalog.search.alphabets import sort_key, sorted_by
from catalog.shelf import shelf
from orders.emails.messages import message_of
from orders.models import EmailKind
from shop.forms.account import AddressForm, countries
from staff.models import StaffAction
from tests.bulk.tables import checked, exported, imported, problems, rows_of
from tests.confirmed import sign_in
from tests.factories import Buyer, make_group, make_picture, make_product, make_variant
from tests.html_form import fields_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def mug() -> Product:
    return make_product(
        sku="MUG",
        name="Blue mug",
        name_vi="Cốc xanh",
        description="Holds tea.",
        description_vi="Đựng nước chè.",
        stock=5,
    )


def found(text: str) -> list[str]:
    return [product.sku for product in shelf.find(text=text)]


# --- search ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "vi"])
@pytest.mark.parametrize(
    "text",
    [
        *("blue mug", "mugs", "holds", "things"),
        *("cốc xanh", "coc", "CỐC", "nuoc che", "dung", "do vat"),
        *("mug xanh", "cooc xanh"),
    ],
)
def test_product_is_found_by_its_words_in_each_language(mug, language, text):
    Category.objects.update(name_vi="Đồ vật")
    make_product(name="Plate", name_vi="Đĩa", category=Category.objects.create(name="Else", slug="else"))
    with translation.override(language):
        assert found(text) == ["MUG"]


def test_words_of_another_language_follow_a_line_of_sql(mug):
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalog_product SET name_vi = 'Ly', description_vi = '' WHERE id = %s", [mug.pk]
        )
        cursor.execute("UPDATE catalog_category SET name_vi = 'Bếp'")
    assert [found(text) for text in ("ly", "bep", "coc", "che", "mug")] == [["MUG"], ["MUG"], [], [], ["MUG"]]


def test_words_of_a_release_that_knows_no_other_language_are_kept(mug):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalog_product (sku, slug, name, description, price, category_id, is_active, weight_g, "
            "length_cm, width_cm, height_cm, inventory, stock_quantity, numbers_reusable, created_at) "
            "SELECT 'OLD', 'old', 'Old jar', '', 1, category_id, true, 0, 0, 0, 0, 'counted', 0, true, now() "
            "FROM catalog_product"
        )
    assert found("jar") == ["OLD"] and Product.objects.get(sku="OLD").name_vi == ""


# --- order -------------------------------------------------------------------------------------------------------

WORDS = {
    "vi": "Ả Rập|Ai Cập|An Giang|Áo|Ăng-gô-la|Ấn Độ|Cốc|Dép|Đá|Đen|Em|Êm|Ngọc|Oản|Ôm|Ơi|Tủ|Ủng|Ưng|Yên|Zambia",
    "en": "Åland|Albania|Azores|Côte|Croatia|Đá|Dép|Ecuador|Éire|Ísland|Łódź|Madrid|Øresund|São Tomé|Straße|Yên|Zaire",
}


@pytest.mark.parametrize("language", WORDS)
def test_words_are_in_the_order_of_the_alphabet_in_python_and_in_the_database(language):
    words = WORDS[language].split("|")
    shuffled = sorted(words)
    assert shuffled != words
    assert sorted(shuffled, key=lambda word: sort_key(word, language)) == words
    for word in words:
        make_product(name=word)
    in_order = Product.objects.order_by(sorted_by(F("name"), language))
    assert list(in_order.values_list("name", flat=True)) == words


def test_countries_and_regions_are_in_the_order_of_the_readers_alphabet():
    with translation.override("vi"):
        names = [name for _code, name in countries()]
        assert names[:5] == ["", "Ả Rập Xê-út", "Afghanistan", "Ai Cập", "Albania"]
        assert names[9:12] == ["Antigua và Barbuda", "Áo", "Argentina"] and names.index("Đức") < names.index(
            "Fiji"
        )
        assert names.index("Dominica") < names.index("Đan Mạch") < names.index("Estonia")
        form = AddressForm(initial={"country": "VN"})
        regions = [name for _key, name in form.fields["region"].widget.choices]
        assert regions.index("Cà Mau") < regions.index("Đà Nẵng") < regions.index("Gia Lai")
    with translation.override("en"):
        names = [name for _code, name in countries()]
        assert names.index("Åland Islands") == 2 and names.index("Austria") < names.index("Azerbaijan")


@pytest.mark.parametrize("is_written", [True, False])
def test_lists_are_in_the_order_of_the_names_that_are_read(mug, is_written):
    make_product(sku="LAMP", name="Amber lamp", name_vi="Đèn")
    make_product(sku="POT", name="Zinc pot", name_vi="Ấm")
    make_product(sku="BOX", name="Caddy")
    if is_written:
        # What belongs there is written, whatever somebody else would: by this a migration fills it.
        Product.objects.update(by_name="", by_name_vi="Z")
    with translation.override("en"):
        assert [one.sku for one in shelf.find()] == ["LAMP", "MUG", "BOX", "POT"]
    with translation.override("vi"):
        assert [one.sku for one in shelf.find()] == ["POT", "BOX", "MUG", "LAMP"]


def test_order_of_a_list_follows_a_line_of_sql(mug):
    make_product(sku="POT", name="Zinc pot", name_vi="Nồi")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE catalog_product SET name_vi = 'Ấm' WHERE sku = 'POT'")
        cursor.execute("UPDATE catalog_product SET name = 'Azure mug', name_vi = '' WHERE sku = 'MUG'")
    with translation.override("vi"):
        assert [one.sku for one in shelf.find()] == ["MUG", "POT"]
    assert [one.sku for one in shelf.find()] == ["MUG", "POT"]


def test_kept_order_is_that_of_python(mug):
    kept = Product.objects.get(pk=mug.pk)
    assert (kept.by_name, kept.by_name_vi) == (sort_key("Blue mug", "en"), sort_key("Cốc xanh", "vi"))


def test_order_of_variants_follows_their_group():
    group = make_group("Shirt", Size=["M", "L"])
    shirts = make_variant(group, "M"), make_variant(group, "L")
    make_product(sku="POT", name="Pot")
    group.name = "Apron"
    group.save()
    assert [one.sku for one in shelf.find()] == [shirts[1].sku, shirts[0].sku, "POT"]


def test_the_release_before_makes_the_order_of_a_new_name_itself(mug):
    """It sorts by what it kept, and by the name where nothing is kept."""
    ProductSearch.objects.update(by_name={"en": "old", "vi": "old"})
    Product.objects.filter(pk=mug.pk).update(name="Red mug")
    assert ProductSearch.objects.get(product=mug).by_name == {}


def test_rows_of_before_are_filled_piece_by_piece(mug, monkeypatch):
    for n in range(4):
        make_product(name=f"Thing {n}")
    kept = list(Product.objects.values_list("by_name", "by_name_vi").order_by("pk"))
    with pgtrigger.ignore("catalog.Product:sorted_by_name"):
        Product.objects.update(by_name="", by_name_vi="")
    monkeypatch.setattr(by_name, "PIECE", 2)
    with connection.schema_editor() as editor:
        by_name.fill(None, editor)
    assert list(Product.objects.values_list("by_name", "by_name_vi").order_by("pk")) == kept
    assert kept[-1] == ("THING 3", sort_key("Thing 3", "vi"))


def test_pages_of_the_api_follow_one_another_in_each_language(db):
    for at, name in enumerate(["Áo", "Ấm", "Đèn", "", "Ví", "Áo"]):
        make_product(sku=f"P{at}", name=f"Thing {9 - at}", name_vi=name)
    for language in ("en", "vi"):
        api = APIClient(headers={"accept-language": language})
        seen, page = [], "/api/products/?page_size=2"
        while page:
            answer = api.get(page).json()
            seen += [one["sku"] for one in answer["results"]]
            page = answer["next"]
        with translation.override(language):
            assert seen == [one.sku for one in shelf.find()] and len(seen) == 6
    begun = APIClient(headers={"accept-language": "en"}).get("/api/products/?page_size=2").json()["next"]
    assert APIClient(headers={"accept-language": "vi"}).get(begun).status_code == 400


# --- the desk ----------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(staff) -> Client:
    client = Client(headers={"accept-language": "vi"})
    sign_in(client, staff)
    return client


def test_staff_edit_every_language_of_a_product(desk, mug):
    picture = make_picture(mug, alt="A mug")
    page = f"/admin/catalog/product/{mug.pk}/change/"
    sent = fields_of(desk.get(page).content.decode(), "product_form")
    assert (sent["name"], sent["name_vi"], sent["description_vi"]) == (
        ["Blue mug"],
        ["Cốc xanh"],
        ["Đựng nước chè."],
    )
    sent |= {"name": "Green mug", "name_vi": "Cốc lục", "description_vi": "", "images-0-alt_vi": "Cái cốc"}
    assert desk.post(page, sent).status_code == 302
    mug.refresh_from_db()
    assert (mug.name, mug.name_vi, mug.description, mug.description_vi) == (
        "Green mug",
        "Cốc lục",
        "Holds tea.",
        "",
    )
    assert ProductImage.objects.get(pk=picture.pk).alt_vi == "Cái cốc"
    changes = StaffAction.objects.filter(action="changed").latest("pk").details["changes"]
    assert changes[-1]["values"]["name_vi"] == ["Cốc xanh", "Cốc lục"]
    assert found("luc") == ["MUG"]


def test_an_older_page_does_not_put_an_old_translation_back(desk, mug):
    page = f"/admin/catalog/product/{mug.pk}/change/"
    sent = fields_of(desk.get(page).content.decode(), "product_form")
    Product.objects.filter(pk=mug.pk).update(name_vi="Cốc lục")
    assert desk.post(page, sent | {"description": "Holds coffee."}).status_code == 302
    assert Product.objects.get(pk=mug.pk).name_vi == "Cốc lục"
    refused = desk.post(page, sent | {"name_vi": "Cốc tím"})
    assert refused.status_code == 200 and "Cốc lục" in refused.content.decode()


def test_staff_edit_every_language_of_a_category(desk, mug):
    page = f"/admin/catalog/category/{mug.category_id}/change/"
    sent = fields_of(desk.get(page).content.decode(), "category_form")
    assert desk.post(page, sent | {"name_vi": "Đồ vật"}).status_code == 302
    assert Category.objects.get().name_vi == "Đồ vật" and found("do vat") == ["MUG"]


@pytest.mark.parametrize("text", ["blue", "cốc", "coc xa", "xanh"])
def test_staff_find_things_by_their_names_in_each_language(desk, mug, text):
    Category.objects.update(name="Blue things", name_vi="Cốc xanh lam")
    Product.objects.filter(pk=mug.pk).update(category=Category.objects.create(slug="e", name="Else"))
    make_product(name="Plate", category=Category.objects.get(slug="e"))
    for kind in ("product", "category"):
        listed = desk.get(f"/admin/catalog/{kind}/", {"q": text})
        assert len(listed.context["cl"].result_list) == 1
        assert "Cốc xanh" in listed.content.decode()


# --- tables ------------------------------------------------------------------------------------------------------


def test_tables_carry_every_language_and_come_back_as_they_went(staff, mug):
    plain = make_product(sku="JAR")
    text = exported("products", actor=staff)
    rows = {row["sku"]: row for row in rows_of(text)}
    assert (rows["MUG"]["name_vi"], rows["MUG"]["description_vi"]) == ("Cốc xanh", "Đựng nước chè.")
    assert (rows["JAR"]["name"], rows["JAR"]["name_vi"]) == (plain.name, "")
    assert imported("products", text, actor=staff).unchanged == 2
    changed = imported("products", "sku,name_vi,description_vi\nMUG,Cốc lục,\nJAR,Lọ,Kín\n", actor=staff)
    assert changed.changed == 2
    mug.refresh_from_db()
    plain.refresh_from_db()
    assert (mug.name, mug.name_vi, mug.description_vi) == ("Blue mug", "Cốc lục", "")
    assert (plain.name_vi, plain.description_vi) == ("Lọ", "Kín")
    assert found("lo kin") == ["JAR"]


def test_table_makes_products_in_every_language(staff, mug):
    text = "sku,name,name_vi,slug,category,price\nJAR,Jar,Lọ,jar,things,5\nTIN,Tin,,tin,things,5\n"
    assert imported("products", text, actor=staff).added == 2
    assert dict(Product.objects.values_list("sku", "name_vi")) == {"MUG": "Cốc xanh", "JAR": "Lọ", "TIN": ""}
    too_long = checked("products", f"sku,name_vi\nJAR,{'x' * 201}\n", actor=staff)
    assert problems(too_long) == [(2, "name_vi", "too_long")]


# --- what an order keeps -----------------------------------------------------------------------------------------


def test_order_keeps_the_names_that_the_customer_saw(mug):
    buyer = Buyer()
    with translation.override("vi"):
        order = buyer.place((mug, 1))
    Product.objects.filter(pk=mug.pk).update(name="Green mug", name_vi="Cốc lục")
    assert order.lines.get().name == "Cốc xanh"
    with translation.override("en"):
        placed = message_of(order.emails.get(kind=EmailKind.PLACED))
    assert "Cốc xanh" in placed.body and "mug" not in placed.body


def test_order_of_an_english_customer_has_english_names(mug):
    order = Buyer().place((mug, 1))
    assert order.lines.get().name == "Blue mug"
    assert "Blue mug" in message_of(order.emails.get(kind=EmailKind.PLACED)).body
