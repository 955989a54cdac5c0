"""Slugs are made of names in any writing, and the desk finds names however they are typed."""

from html.parser import HTMLParser

import pytest

from catalog.models import Category, Product, TaxClass
from catalog.slugs import free_slug
from orders.models import Courier, Zone
from tests.catalog.admin.test_admin import PRODUCTS, sent_by_form
from tests.factories import make_numbered, make_price_table, make_product, make_promotion

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client, staff):
    client.force_login(staff)
    return client


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Đồ uống", "do-uong"),
        ("ĐỒ UỐNG", "do-uong"),
        ("Cà phê Đà Lạt, 250 g", "ca-phe-da-lat-250-g"),
        ("乌龙茶", "wu-long-cha"),
        ("Чайник", "chaynik"),
        ("Καφές", "kafes"),
        ("กาน้ำชา", "kanamcha"),
        ("شاي", "shy"),
        ("커피잔", "keo-pi-jan"),
        ("eSIM", "esim"),
        ("Straße", "strasse"),
        ("☕", "coffee"),
        ("!!!", "category"),
        ("don't", "dont"),
        ("Łódź", "lodz"),
        ("x" * 200, "x" * 95),
    ],
)
def test_slug_is_made_of_a_name(desk, name, slug):
    assert free_slug(Category, [name]) == slug
    assert desk.get("/admin/catalog/category/slug/", {"name": name}).json() == {"slug": slug}
    assert (
        desk.post("/admin/catalog/category/add/", {"name": name[:100], "slug": "", "position": 0}).status_code
        == 302
    )
    made = Category.objects.get(name=name[:100])
    assert made.slug == slug
    assert free_slug(Category, [name]) == f"{slug}-2"
    assert desk.get(f"/products/?category={slug}").status_code == 200


def test_slug_that_is_left_empty_is_made_and_one_that_is_written_stays(desk):
    like = make_product()
    for sku, slug, made in (("A", "", "do-gom"), ("B", "", "do-gom-2"), ("C", "mine", "mine")):
        form = sent_by_form(like, name="Đồ gốm", sku=sku, slug=slug, inventory="counted")
        assert desk.post(f"{PRODUCTS}add/", form).status_code == 302
        assert Product.objects.get(sku=sku).slug == made
    product = Product.objects.get(sku="C")
    assert (
        desk.post(f"{PRODUCTS}{product.pk}/change/", sent_by_form(product, name="Other")).status_code == 302
    )
    assert Product.objects.get(sku="C").slug == "mine"
    signs = sent_by_form(like, name="???", sku="SKU 7", slug="", inventory="counted")
    desk.post(f"{PRODUCTS}add/", signs)
    assert Product.objects.get(sku="SKU 7").slug == "sku-7"


def test_slug_is_told_to_those_alone_who_may_add(client, buyer):
    client.force_login(buyer.user)
    assert client.get("/admin/catalog/category/slug/", {"name": "x"}).status_code == 302


@pytest.mark.parametrize("text", ["ca phe", "CÀ PHÊ", "phê", "DALAT", "alat", "candel"])
def test_the_desk_finds_products_without_accents_and_by_parts_of_skus(desk, text):
    make_product(name="Cà phê Đà Lạt", sku="CT-DALAT-250", is_active=False, stock=3)
    make_product(name="Amber candle", sku="AC", stock=1)
    wanted = {"Amber candle"} if text == "candel" else {"Cà phê Đà Lạt"}
    assert {p.name for p in desk.get(PRODUCTS, {"q": text}).context["cl"].result_list} == wanted
    found = desk.get("/admin/catalog/stockmovement/", {"q": text}).context["cl"].result_list
    assert {movement.product.name for movement in found} == wanted


@pytest.mark.parametrize("text", ["do uong", "ĐỒ", "uống", "Uong"])
def test_the_desk_finds_categories_without_accents(desk, text):
    Category.objects.create(name="Đồ uống", slug="drinks")
    Category.objects.create(name="Others", slug="others")
    found = desk.get("/admin/catalog/category/", {"q": text}).context["cl"].result_list
    assert [category.slug for category in found] == ["drinks"]


@pytest.mark.parametrize("text", ["dong thap", "DAC BIET", "uu dai", "nhanh"])
def test_the_desk_finds_what_has_a_name_without_accents(desk, text):
    name = "Ưu đãi nhanh: Đồng Tháp, đặc biệt"
    make_promotion(name="Others")
    wanted = {
        "orders/promotion": make_promotion(name=name, code="ONE"),
        "orders/zone": Zone.objects.create(name=name),
        "orders/courier": Courier.objects.create(name=name),
        "catalog/taxclass": TaxClass.objects.create(name=name),
    }
    for path, thing in wanted.items():
        found = desk.get(f"/admin/{path}/", {"q": text}).context["cl"].result_list
        assert [one.pk for one in found] == [thing.pk], path


class Items(HTMLParser):
    """Whether each item of a list stands in one: else browsers put a bullet beside it."""

    EMPTY = frozenset(("input", "img", "br", "hr", "link", "meta", "source", "path", "use"))

    def __init__(self):
        super().__init__()
        self.open: list[str] = []
        self.stray: list[tuple[int, int]] = []

    def handle_starttag(self, tag, attrs):
        if tag == "li" and (not self.open or self.open[-1] not in ("ul", "ol", "menu")):
            self.stray.append(self.getpos())
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in self.open:
            while self.open.pop() != tag:
                pass


@pytest.mark.parametrize("page", ["product", "number", "pricetable", "order", "one product"])
def test_no_bullet_stands_beside_the_buttons_above_a_page(desk, page):
    product = make_product()
    make_numbered(numbers=1)
    make_price_table()
    app = "orders" if page in ("pricetable", "order") else "catalog"
    path = f"{PRODUCTS}{product.pk}/change/" if page == "one product" else f"/admin/{app}/{page}/"
    text = desk.get(path).text
    assert "desk-tool" in text
    items = Items()
    items.feed(text)
    assert items.stray == []
