"""The audit explains damage to variants and to categories, done past every guard."""

from types import SimpleNamespace

import pytest

from catalog.models import Category
from tests.factories import make_group, make_product, make_variant
from tests.orders.audited import damage, run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_the_tests_transaction")]
VARIANT = "UPDATE catalog_product SET {} WHERE sku = 'TS-M'"

DAMAGE = [
    ("a name", VARIANT.format("name = 'Other'"),
        'product TS-M: is named "Other", and its group and its values say "T-shirt, M"'),
    ("a value renamed", "UPDATE catalog_optionvalue SET name = 'Medium' WHERE name = 'M'",
        'product TS-M: is named "T-shirt, M", and its group and its values say "T-shirt, Medium"'),
    ("a category", VARIANT.format("category_id = (SELECT id FROM catalog_category WHERE slug = 'below')"),
        "product TS-M: is in another category than its group"),
    ("a value of another group",
        VARIANT.format("value_1_id = (SELECT id FROM catalog_optionvalue WHERE name = 'S'), name = 'T-shirt, S'"),
        "product TS-M: has values that do not fit the options of its group"),
    ("one value too many",
        VARIANT.format("value_2_id = value_1_id, name = 'T-shirt, M, M'"),
        "product TS-M: has values that do not fit the options of its group"),
    ("an option more", "UPDATE catalog_productgroup SET option_2 = 'Colour' WHERE slug = 't-shirt'",
        "product TS-M: has values that do not fit the options of its group"),
    ("a combination twice",
        ("UPDATE catalog_product SET value_1_id = (SELECT value_1_id FROM catalog_product WHERE sku = 'TS-L'), "
        "name = 'T-shirt, L' WHERE sku = 'TS-M'"),
        "product TS-M: is there 2 times with its values"),
    ("no group", VARIANT.format("group_id = NULL"), "product TS-M: has values of options, and no group"),
    ("a group that is gone", VARIANT.format("group_id = 0"), "product TS-M: is a variant, and its group is gone"),
    ("an address", VARIANT.format("slug = 't-shirt'"), "product TS-M: its page has the address of the group t-shirt"),
    ("a circle", ("UPDATE catalog_category SET parent_id = (SELECT id FROM catalog_category WHERE slug = 'below') "
        "WHERE slug = 'above'"), "category above: is below itself"),
    ("a category below itself", "UPDATE catalog_category SET parent_id = id WHERE slug = 'above'",
        "category above: is below itself"),
    ("a level too deep", ("UPDATE catalog_category SET parent_id = (SELECT id FROM catalog_category WHERE slug = 'deep') "
        "WHERE slug = 'above'"), "category below: stands on level 5 of 4"),
]  # fmt: skip


@pytest.fixture
def shop() -> SimpleNamespace:
    group = make_group("T-shirt", slug="t-shirt", Size=["M", "L"])
    make_variant(group, "M", sku="TS-M")
    make_variant(group, "L", sku="TS-L")
    make_group("Mug", Size=["S"])
    above = Category.objects.create(name="Above", slug="above")
    Category.objects.create(name="Below", slug="below", parent=above)
    deep = Category.objects.create(name="Deepest", slug="deepest")
    for slug in ("deeper", "deep"):
        deep = Category.objects.create(name=slug, slug=slug, parent=deep)
    plain = make_product()
    assert run() == []
    return SimpleNamespace(cups=plain, keys=plain)


@pytest.mark.parametrize(("statement", "words"), [row[1:] for row in DAMAGE], ids=[row[0] for row in DAMAGE])
def test_damage_is_named(shop, statement, words):
    damage(statement, shop)
    assert words in run()
