"""Variants: the database names them after their group, keeps them fitting it, and one of each combination."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils.translation import override

from catalog import variants
from catalog.models import OptionValue, Product, ProductGroup
from staff.rights import PermissionDenied
from tests.factories import Buyer, make_group, make_user, make_variant, staff_of, unique

pytestmark = pytest.mark.django_db


@contextmanager
def committed() -> Iterator[None]:
    """As far as the database looks at it when a transaction ends."""
    with transaction.atomic(), connection.cursor() as cursor:
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@pytest.fixture
def shirt() -> ProductGroup:
    return make_group(
        "T-shirt", name_vi="Áo thun", Size=["M", "L"], Colour=["blue", "white"], description="Of cotton."
    )


def test_a_variant_is_named_after_its_group_and_its_values_in_each_language(shirt):
    OptionValue.objects.filter(name="blue").update(name_vi="xanh")
    variant = make_variant(shirt, "M", "blue")
    assert variant.name == "T-shirt, M, blue"
    assert variant.description == "Of cotton."
    assert variant.category == shirt.category
    with override("vi"):
        assert variant.local_name == "Áo thun, M, xanh"


def test_names_follow_what_they_are_made_of(shirt):
    variant = make_variant(shirt, "M", "blue")
    shirt.name = "Shirt"
    shirt.save()
    OptionValue.objects.filter(name="blue").update(name="navy")
    variant.refresh_from_db()
    assert variant.name == "Shirt, M, navy"
    Product.objects.filter(pk=variant.pk).update(name="Something else")
    variant.refresh_from_db()
    assert variant.name == "Shirt, M, navy"


def test_a_combination_is_there_once(shirt):
    make_variant(shirt, "M", "blue")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_variant(shirt, "M", "blue")


@pytest.mark.parametrize("values", [["M"], ["blue", "M"], ["M", "M"]])
def test_a_variant_has_just_its_groups_values(shirt, values):
    with pytest.raises(IntegrityError), committed():
        make_variant(shirt, *values)


def test_a_variant_has_no_value_of_another_group(shirt):
    other = make_group("Mug", Size=["S"], Colour=["red"])
    variant = make_variant(shirt, "M", "blue")
    with pytest.raises(IntegrityError), committed():
        Product.objects.filter(pk=variant.pk).update(value_1=other.values.first())


def test_an_option_comes_with_a_value_for_each_variant(shirt):
    make_variant(shirt, "M", "blue")
    shirt.option_3 = "Cut"
    with pytest.raises(IntegrityError), committed():
        shirt.save()
    with committed():
        variants.add_option(group_id=shirt.pk, option={"name": "Cut"}, value={"name": "slim"}, actor=None)
    assert Product.objects.get(group=shirt).name == "T-shirt, M, blue, slim"
    with pytest.raises(variants.NoMoreOptions):
        variants.add_option(group_id=shirt.pk, option={"name": "x"}, value={"name": "y"}, actor=None)


def test_missing_combinations_are_made_like_the_first_and_off_sale(shirt):
    first = make_variant(shirt, "M", "blue", price=20, weight_g=180)
    made = variants.make_missing(group_id=shirt.pk, actor=None)
    assert [one.name for one in made] == ["T-shirt, M, white", "T-shirt, L, blue", "T-shirt, L, white"]
    assert {(one.price, one.weight_g, one.is_active) for one in made} == {(first.price, 180, False)}
    assert len({one.sku for one in made} | {one.slug for one in made}) == 6
    assert variants.make_missing(group_id=shirt.pk, actor=None) == []


def test_too_many_combinations_are_not_made():
    group = make_group("Cable", Length=[str(at) for at in range(20)], Colour=[f"c{at}" for at in range(20)])
    with pytest.raises(variants.TooManyVariants):
        variants.make_missing(group_id=group.pk, actor=None)
    assert not group.variants.exists()


def test_an_option_without_values_makes_no_variants():
    group = make_group("Cable", Length=[])
    with pytest.raises(variants.MissingValues):
        variants.make_missing(group_id=group.pk, actor=None)


def test_staff_without_the_right_make_none(shirt):
    for actor in (staff_of(), make_user()):
        with pytest.raises(PermissionDenied):
            variants.make_missing(group_id=shirt.pk, actor=actor)
        with pytest.raises(PermissionDenied):
            variants.add_option(group_id=shirt.pk, option={"name": "a"}, value={"name": "b"}, actor=actor)


def test_two_pages_never_share_a_slug(shirt):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_variant(shirt, "M", "blue", slug=shirt.slug)
    variant = make_variant(shirt, "M", "blue")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_group("Another", slug=variant.slug, Size=["S"])


def test_an_ordered_line_carries_the_options_in_the_customers_language(shirt):
    variant = make_variant(shirt, "M", "blue", stock=3)
    buyer = Buyer()
    with override("vi"):
        preview = buyer.preview((variant, 2))
    assert [line.name for line in preview.lines] == ["Áo thun, M, blue"]
    assert buyer.place_preview(preview).lines.get().name == "Áo thun, M, blue"


def test_the_longest_names_fit():
    group = make_group(
        "n" * 110, **{unique("o"): ["a" * 28], unique("p"): ["b" * 28], unique("q"): ["c" * 28]}
    )
    assert len(make_variant(group, "a" * 28, "b" * 28, "c" * 28).name) == 200
