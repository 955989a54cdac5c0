"""Tables of products with options and of their variants: what they make, change and refuse."""

import pytest

from catalog.models import OptionValue, Product, ProductGroup
from staff.models import StaffAction
from tests.bulk.tables import checked, counts, exported, imported, problems, rows_of
from tests.factories import make_group, make_product, make_variant

pytestmark = pytest.mark.django_db
HEAD = "sku,group,value_1,value_2,price"


@pytest.fixture
def shirt() -> ProductGroup:
    return make_group("T-shirt", slug="t-shirt", Size=["M", "L"], Colour=["blue"])


def variants(*lines: str) -> str:
    return "\n".join([HEAD, *lines])


def test_groups_are_made_and_changed_by_slug_and_logged(staff, shirt):
    text = (
        "slug,name,name_vi,category,description,option_1,option_2,option_1_vi\n"
        "t-shirt,Shirt,Áo,things,Soft,Size,Colour,Cỡ\n"
        "cap,Cap,,things,,Size,,\n"
    )
    assert counts(imported("groups", text, actor=staff)) == (1, 1, 0, 0)
    shirt.refresh_from_db()
    assert (shirt.name, shirt.name_vi, shirt.description, shirt.option_1_vi) == ("Shirt", "Áo", "Soft", "Cỡ")
    assert ProductGroup.objects.get(slug="cap").options == ["Size"]
    told = StaffAction.objects.filter(object_type="catalog.productgroup").values_list("action", flat=True)
    assert sorted(told) == ["added", "changed"]


def test_variants_are_made_with_the_values_that_are_missing(staff, shirt):
    text = variants("TS-M,t-shirt,m,blue,20", "TS-XL,t-shirt,XL,white,22")
    assert counts(imported("variants", text, actor=staff)) == (2, 0, 0, 0)
    assert list(shirt.variants.order_by("pk").values_list("name", "slug")) == [
        ("T-shirt, M, blue", "t-shirt-m-blue"),
        ("T-shirt, XL, white", "t-shirt-xl-white"),
    ]
    assert set(shirt.values.values_list("option", "name")) == {
        (1, "M"), (1, "L"), (1, "XL"), (2, "blue"), (2, "white"),
    }  # fmt: skip
    assert StaffAction.objects.filter(object_type="catalog.product", action="added").count() == 2


def test_a_check_alone_makes_no_values(staff, shirt):
    checked("variants", variants("TS-XL,t-shirt,XL,white,22"), actor=staff)
    assert OptionValue.objects.count() == 3
    assert not Product.objects.exists()


def test_a_variant_changes_its_price_and_its_values_and_a_product_becomes_one(staff, shirt):
    made = make_variant(shirt, "M", "blue", sku="TS-M", stock=3)
    plain = make_product(sku="OLD", stock=2)
    assert counts(
        imported("variants", variants("ts-m,t-shirt,L,blue,31", "OLD,t-shirt,XL,blue,9"), actor=staff)
    ) == (0, 2, 0, 0)
    made.refresh_from_db()
    plain.refresh_from_db()
    assert (made.name, made.price, made.stock_quantity, made.sku) == ("T-shirt, L, blue", 31, 3, "TS-M")
    assert (plain.name, plain.group, plain.stock_quantity) == ("T-shirt, XL, blue", shirt, 2)


def test_a_table_with_few_columns_changes_those(staff, shirt):
    make_variant(shirt, "M", "blue", sku="TS-M")
    assert counts(imported("variants", "sku,price\nTS-M,7\n", actor=staff)) == (0, 1, 0, 0)
    assert Product.objects.get().name == "T-shirt, M, blue"


@pytest.mark.parametrize(
    ("line", "column", "code"),
    [
        ("NEW,nothing,M,blue,1", "group", "unknown"),
        ("NEW,t-shirt,M,,1", "value_2", "empty"),
        ("NEW,t-shirt,,blue,1", "value_1", "empty"),
        (f"NEW,t-shirt,{'x' * 29},blue,1", "value_1", "too_long"),
        ("NEW,t-shirt,M,blue,", "price", "empty"),
        ("NEW,t-shirt,m,BLUE,1", "value_1", "combination_taken"),
        ("NEW,cap,S,blue,1", "value_2", "no_such_option"),
    ],
)
def test_a_variant_that_does_not_fit_is_refused_with_its_cell(staff, shirt, line, column, code):
    make_group("Cap", slug="cap", Size=["S"])
    make_variant(shirt, "M", "blue", sku="TS-M")
    assert problems(checked("variants", variants(line), actor=staff)) == [(2, column, code)]


def test_one_combination_twice_in_a_table_is_refused(staff, shirt):
    text = variants("A,t-shirt,XL,blue,1", "B,t-shirt,xl,blue,1")
    assert problems(checked("variants", text, actor=staff)) == [(3, "value_1", "combination_taken")]


def test_options_of_what_has_variants_stay_and_addresses_are_one_things(staff, shirt):
    make_variant(shirt, "M", "blue")
    make_product(slug="mug")
    text = (
        "slug,name,category,option_1,option_2\nt-shirt,T,things,Size,\nmug,Mug,things,Size,\nx,X,things,,\n"
    )
    assert problems(checked("groups", text, actor=staff)) == [
        (2, "option_2", "options_stay"),
        (3, "slug", "taken"),
        (4, "option_1", "empty"),
    ]


def test_a_table_of_products_changes_nothing_that_a_variant_has_of_its_group(staff, shirt):
    make_variant(shirt, "M", "blue", sku="TS-M")
    assert problems(checked("products", "sku,name\nTS-M,Other\n", actor=staff)) == [(2, "name", "of_group")]


@pytest.mark.parametrize("kind", ["groups", "variants", "products"])
def test_what_goes_out_comes_in_again_and_changes_nothing(staff, shirt, kind):
    make_variant(shirt, "M", "blue", sku="TS-M")
    make_product()
    text = exported(kind, actor=staff)
    job = checked(kind, text, actor=staff)
    assert problems(job) == []
    assert counts(job) == (0, 0, job.rows, 0) and job.rows > 0


def test_variants_go_out_with_their_group_and_values(staff, shirt):
    make_variant(shirt, "M", "blue", sku="TS-M")
    make_product()
    (row,) = rows_of(exported("variants", actor=staff))
    assert (row["sku"], row["name"], row["group"]) == ("TS-M", "T-shirt, M, blue", "t-shirt")
    assert (row["value_1"], row["value_2"], row["value_3"]) == ("M", "blue", "")
