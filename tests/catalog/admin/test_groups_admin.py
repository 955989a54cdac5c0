"""Staff make a product with options, its variants and its options on one page; what others changed is not put back."""

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog import inventory
from catalog.models import Category, OptionValue, Product, ProductGroup
from orders.models import OrderLine
from staff.models import StaffAction
from tests.confirmed import sign_in
from tests.factories import Buyer, make_group, make_product, make_variant, staff_of
from tests.html_form import fields_of

pytestmark = pytest.mark.django_db
GROUPS = "/admin/catalog/productgroup/"


@pytest.fixture
def desk(client, staff):
    sign_in(client, staff)
    return client


@pytest.fixture
def shirt() -> ProductGroup:
    return make_group("T-shirt", slug="t-shirt", Size=["M", "L"])


def page_of(group: ProductGroup, step: str = "change") -> str:
    return reverse(f"admin:catalog_productgroup_{step}", args=[group.pk])


def opened(desk, group: ProductGroup) -> dict:
    return fields_of(desk.get(page_of(group)).text, "productgroup_form")


def messages_of(response) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_a_group_is_made_with_its_values_and_then_its_variants(desk, staff):
    category = Category.objects.create(name="Clothes", slug="clothes")
    form = fields_of(desk.get(f"{GROUPS}add/").text, "productgroup_form")
    typed = {
        "name": "Cap",
        "category": category.pk,
        "option_1": "Size",
        "values-0-name": "S",
        "values-1-name": "L",
    }
    assert desk.post(f"{GROUPS}add/", form | typed).status_code == 302
    cap = ProductGroup.objects.get(slug="cap")
    answer = desk.post(page_of(cap, "make"))
    assert messages_of(answer)[-1].startswith("2 variants made.")
    assert [one.name for one in cap.variants.order_by("pk")] == ["Cap, S", "Cap, L"]
    assert list(cap.variants.values_list("sku", flat=True).order_by("pk")) == ["CAP-S", "CAP-L"]
    told = StaffAction.objects.get(
        object_type="catalog.productgroup", action="catalog.add_product", actor=staff
    )
    assert told.details == {"added": "CAP-S, CAP-L"}


def test_the_grid_changes_prices_and_skus_and_leaves_the_stock_alone(desk, shirt):
    variant = make_variant(shirt, "M", price=20, stock=4)
    form = opened(desk, shirt)
    inventory.receive(product_id=variant.pk, quantity=5, actor=None)
    changed = form | {"variants-0-price": "22.50", "variants-0-sku": "SHIRT-M"}
    assert desk.post(page_of(shirt), changed).status_code == 302
    variant.refresh_from_db()
    assert (variant.price, variant.sku, variant.stock_quantity) == (22.5, "SHIRT-M", 9)
    told = StaffAction.objects.get(object_type="catalog.product", object_id=str(variant.pk), action="changed")
    assert ["20.00", "22.50"] in told.details["changes"][-1]["values"].values()


def test_a_price_that_both_changed_in_the_grid_is_asked_about(desk, shirt):
    variant = make_variant(shirt, "M", price=20)
    form = opened(desk, shirt)
    Product.objects.filter(pk=variant.pk).update(price=21)
    answer = desk.post(page_of(shirt), form | {"variants-0-price": "25.00"})
    assert answer.status_code == 200
    assert "from “20.00” to “21.00”. You entered “25.00”" in answer.text


def test_a_sku_of_another_product_is_refused_in_the_grid(desk, shirt):
    make_product(sku="MUG")
    make_variant(shirt, "M")
    answer = desk.post(page_of(shirt), opened(desk, shirt) | {"variants-0-sku": "mug"})
    assert "Another product has this SKU" in answer.text


def test_a_page_that_nobody_touched_changes_nothing(desk, shirt):
    make_variant(shirt, "M")
    form = opened(desk, shirt)
    ProductGroup.objects.update(description="New")
    Product.objects.update(price=77)
    OptionValue.objects.filter(name="M").update(name="Medium")
    assert desk.post(page_of(shirt), form).status_code == 302
    shirt.refresh_from_db()
    assert shirt.description == "New"
    assert (shirt.variants.get().price, shirt.variants.get().name) == (77, "T-shirt, Medium")


def test_an_option_is_added_with_its_first_value(desk, shirt):
    make_variant(shirt, "M")
    answer = desk.post(page_of(shirt, "option"), {"further-option": "Colour", "further-value": "blue"})
    assert messages_of(answer) == ["The option was added. Add its other values below."]
    assert shirt.variants.get().name == "T-shirt, M, blue"
    assert "Name the option" in messages_of(desk.post(page_of(shirt, "option"), {}))[-1]


def test_an_option_is_neither_typed_in_nor_taken_away_beside_variants(desk, shirt):
    make_variant(shirt, "M")
    for typed in ({"option_2": "Colour"}, {"option_1": ""}):
        answer = desk.post(page_of(shirt), opened(desk, shirt) | typed)
        assert answer.status_code == 200
    assert (
        "There are variants already"
        in desk.post(page_of(shirt), opened(desk, shirt) | {"option_2": "x"}).text
    )
    shirt.refresh_from_db()
    assert shirt.options == ["Size"]


def test_a_value_that_a_variant_has_is_not_deleted(desk, shirt):
    make_variant(shirt, "M")
    answer = desk.post(page_of(shirt), opened(desk, shirt) | {"values-0-DELETE": "on"})
    assert answer.status_code == 200
    assert shirt.values.count() == 2
    assert desk.post(page_of(shirt), opened(desk, shirt) | {"values-1-DELETE": "on"}).status_code == 302
    assert shirt.values.count() == 1


def test_missing_values_and_too_many_are_said(desk):
    bare = make_group("Bare", Size=[])
    assert messages_of(desk.post(page_of(bare, "make"))) == [
        "Each option needs a value before there can be variants."
    ]
    assert desk.get(page_of(bare, "make")).status_code == 405
    assert desk.get(page_of(bare, "option")).status_code == 405


def test_a_slug_of_another_page_is_refused(desk, shirt):
    make_product(slug="mug")
    assert (
        "Another product has this address"
        in desk.post(page_of(shirt), opened(desk, shirt) | {"slug": "mug"}).text
    )


def test_a_variants_page_shows_its_group_and_changes_nothing_of_it(desk, shirt):
    variant = make_variant(shirt, "M")
    address = reverse("admin:catalog_product_change", args=[variant.pk])
    form = fields_of(desk.get(address).text, "product_form")
    assert not {"name", "category", "description", "also_in"} & form.keys()
    assert desk.post(address, form | {"name": "Other", "price": "31.00"}).status_code == 302
    variant.refresh_from_db()
    assert (variant.name, variant.price) == ("T-shirt, M", 31)


def test_a_product_gets_further_categories(desk):
    mug, sale = make_product(), Category.objects.create(name="Sale", slug="sale")
    address = reverse("admin:catalog_product_change", args=[mug.pk])
    form = fields_of(desk.get(address).text, "product_form")
    assert desk.post(address, form | {"also_in": [sale.pk], "price": "3.00"}).status_code == 302
    mug.refresh_from_db()
    assert (list(mug.also_in.all()), mug.price) == ([sale], 3)


def test_staff_without_the_right_change_nothing(client, shirt):
    make_variant(shirt, "M")
    sign_in(client, staff_of("support"))
    assert client.get(page_of(shirt)).status_code == 200
    assert client.post(page_of(shirt, "make")).status_code == 403
    assert (
        client.post(page_of(shirt, "option"), {"further-option": "a", "further-value": "b"}).status_code
        == 403
    )
    sign_in(client, staff_of())
    assert client.get(page_of(shirt)).status_code == 403
    assert shirt.variants.count() == 1


def test_a_page_takes_as_many_statements_for_many_variants_as_for_few(desk, shirt):
    make_variant(shirt, "M")
    desk.get(page_of(shirt))
    with CaptureQueriesContext(connection) as few:
        desk.get(page_of(shirt))
    for at in range(4):
        OptionValue.objects.create(group=shirt, option=1, name=f"X{at}")
        make_variant(shirt, f"X{at}", stock=1)
    with CaptureQueriesContext(connection) as many:
        desk.get(page_of(shirt))
    assert len(many) == len(few)


# --- categories --------------------------------------------------------------------------------------------------------
def test_a_category_is_put_below_another_and_never_below_itself(desk):
    clothes = Category.objects.create(name="Clothes", slug="clothes")
    tops = Category.objects.create(name="Tops", slug="tops", parent=clothes)
    address = reverse("admin:catalog_category_change", args=[clothes.pk])
    form = fields_of(desk.get(address).text, "category_form")
    assert "A category can&#x27;t be below itself." in desk.post(address, form | {"parent": tops.pk}).text
    assert "below itself" in desk.post(address, form | {"parent": clothes.pk}).text
    deepest = tops
    for at in range(2):
        deepest = Category.objects.create(name=f"C{at}", slug=f"c{at}", parent=deepest)
    typed = {"name": "Fifth", "parent": deepest.pk, "position": 0}
    assert "Categories have 4 levels at most." in desk.post("/admin/catalog/category/add/", typed).text


def test_an_ordered_variant_keeps_its_line(desk, shirt):
    variant = make_variant(shirt, "M", stock=2)
    Buyer().place((variant, 1))
    shirt.name = "Shirt"
    shirt.save()
    assert OrderLine.objects.get().name == "T-shirt, M"
