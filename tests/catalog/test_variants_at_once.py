"""Variants are named after their group and fit it, whatever staff do to both at one moment."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from catalog import variants
from catalog.models import OptionValue, Product, ProductGroup
from orders.errors import OrderError
from tests.confirmed import sign_in
from tests.factories import Buyer, make_group, make_product, make_staff, make_variant
from tests.html_form import fields_of
from tests.parallel import at_once

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 4


def tried(call) -> bool:
    """Whether the database let it."""
    try:
        with transaction.atomic():
            call()
    except (IntegrityError, variants.VariantError):
        return False
    return True


def test_a_variant_made_while_its_group_is_renamed_has_the_new_name():
    for at in range(ROUNDS):
        group = make_group(f"Shirt {at}", Size=["M"])
        at_once(
            [
                lambda group=group: make_variant(group, "M"),
                lambda group=group: ProductGroup.objects.filter(pk=group.pk).update(name="New"),
            ]
        )
        assert Product.objects.get(group=group).name == "New, M"


def test_a_variant_made_while_its_value_is_renamed_has_the_new_name():
    for at in range(ROUNDS):
        group = make_group(f"Shirt {at}", Size=["M"])
        value = group.values.get()
        at_once(
            [
                lambda group=group, value=value: make_product(group=group, value_1=value),
                lambda value=value: OptionValue.objects.filter(pk=value.pk).update(name="Medium"),
            ]
        )
        assert Product.objects.get(group=group).name == f"Shirt {at}, Medium"


def test_a_variant_and_a_further_option_at_once_leave_none_without_a_value():
    for at in range(ROUNDS):
        group = make_group(f"Shirt {at}", Size=["M", "L"])
        make_variant(group, "M")
        more = {"option": {"name": "Colour"}, "value": {"name": "blue"}, "actor": None}
        at_once(
            [
                lambda group=group: tried(lambda: make_variant(group, "L")),
                lambda group=group, more=more: tried(lambda: variants.add_option(group_id=group.pk, **more)),
            ]
        )
        group.refresh_from_db()
        assert {len(one.values) for one in group.variants.all()} == {len(group.options)}


def test_two_that_make_the_missing_variants_at_once_make_each_once():
    group = make_group(Size=["S", "M", "L"], Colour=["blue", "white"])
    made = at_once([lambda: len(variants.make_missing(group_id=group.pk, actor=None))] * 3)
    assert sorted(made) == [0, 0, 6]
    assert group.variants.count() == 6


def test_a_page_of_a_product_and_of_a_group_with_one_slug_at_once_are_one_page():
    make_product()  # the category of both
    for at in range(ROUNDS):
        slug = f"page-{at}"
        done = at_once(
            [
                lambda slug=slug: tried(lambda: make_product(slug=slug)),
                lambda slug=slug: tried(lambda: make_group(slug=slug, Size=["M"])),
            ]
        )
        assert sorted(done) == [False, True]


def test_orders_go_on_while_a_group_is_renamed():
    """The renaming locks the variants in id order, as orders do: none waits for another in a circle."""
    group = make_group(Size=["S", "M", "L"])
    sold = [make_variant(group, size, stock=90) for size in ("S", "M", "L")]
    buyers = [Buyer() for _ in range(4)]
    orders = [
        lambda buyer=buyer, turn=turn: buyer.place(*[(one, 1) for one in sold[:: 1 if turn % 2 else -1]])
        for turn, buyer in enumerate(buyers)
    ]
    renames = [
        lambda name=name: ProductGroup.objects.filter(pk=group.pk).update(name=name) for name in ("A", "B")
    ]
    done = at_once([*orders, *renames])
    assert not [one for one in done if isinstance(one, OrderError)]
    assert {one.stock_quantity for one in group.variants.all()} == {86}
    assert len({one.name[0] for one in group.variants.all()}) == 1


def test_a_grid_that_two_save_at_once_takes_one_price_and_asks_the_other():
    group = make_group(Size=["M", "L"])
    variants_ = [make_variant(group, size, price=20) for size in ("M", "L")]
    address = reverse("admin:catalog_productgroup_change", args=[group.pk])
    desks = []
    for typed in ("25.00", "30.00"):
        desk = Client()
        sign_in(desk, make_staff())
        form = fields_of(desk.get(address).text, "productgroup_form")
        prices = {f"variants-{at}-price": typed for at in range(2)}
        desks.append(lambda desk=desk, form=form | prices: desk.post(address, form))
    answers = at_once(desks)

    saved, asked = sorted(answers, key=lambda answer: answer.status_code, reverse=True)
    assert (saved.status_code, asked.status_code) == (302, 200)
    assert asked.text.count("You entered") == 2
    now = {Product.objects.get(pk=one.pk).price for one in variants_}
    assert len(now) == 1 and now < {25, 30}
