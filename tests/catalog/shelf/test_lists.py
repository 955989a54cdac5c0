"""A list that is read in parts is the list of all that is found, sorted: the same products in the same order."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.utils import timezone, translation

from catalog.models import Category, Product
from catalog.shelf import lists, shelf
from catalog.shelf.lists import Wish
from tests.factories import make_group, make_numbered, make_product, make_variant

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
WISHES = [
    {},
    {"in_stock": True},
    {"min_price": Decimal(12)},
    {"max_price": Decimal(12)},
    {"min_price": Decimal(9), "max_price": Decimal(14), "in_stock": True},
]


@pytest.fixture(scope="class")
def shop(world) -> Iterator[SimpleNamespace]:
    with world():
        yield _shop()


def _shop() -> SimpleNamespace:
    """Products in and below a category, in further ones, of groups of which a part is meant; sales are on or not."""
    now = timezone.now()
    top = Category.objects.create(name="Top", slug="top")
    below = Category.objects.create(name="Below", slug="below", parent=top)
    aside = Category.objects.create(name="Aside", slug="aside")
    sales = [
        {},
        {"sale_price": 8},
        {"sale_price": 9, "sale_ends": now - DAY},
        {"sale_price": 7, "sale_starts": now + DAY},
        {"sale_price": 10, "sale_starts": now - DAY, "sale_ends": now + DAY},
    ]
    categories = (top, below, aside)
    for n in range(15):
        make_product(
            name=f"{'LMK'[n % 3]} {n}",
            name_vi="" if n % 2 else f"Đ {20 - n}",
            category=categories[n % 3],
            price=11 + n % 6,
            stock=n % 2,
            **sales[n % 5],
        )
    Product.objects.filter(category=aside).first().also_in.add(top, below)
    make_product(name="Hidden", is_active=False, category=top, price=12)
    make_numbered(numbers=1, name="Room", category=below, price=12)
    for at, category in enumerate(categories):
        group = make_group(f"Shirt {at}", category=category, Size=["S", "M", "L", "XL"])
        for n, size in enumerate(["S", "M", "L", "XL"]):
            make_variant(group, size, price=14 - n + at, stock=n % 2, **sales[(n + at) % 5])
    group.also_in.add(below)
    lone = make_group("Lone", category=aside, Size=["S", "M"])
    make_variant(lone, "S", price=11)
    # Whoever put it there meant this variant alone.
    make_variant(lone, "M", price=13).also_in.add(top)
    return SimpleNamespace(
        all=None, top=[top.pk, below.pk], below=[below.pk], aside=[aside.pk], none=[], unknown=[0]
    )


def keys(products) -> list[int]:
    return list(products.values_list("pk", flat=True))


@pytest.mark.parametrize("language", ["en", "vi"])
@pytest.mark.parametrize("ordering", ["name", "new", "price", "-price"])
class TestInParts:
    @pytest.mark.parametrize("within", ["all", "top", "below", "aside", "none", "unknown"])
    def test_it_has_what_is_found_in_its_order(self, shop, language, ordering, within):
        with translation.override(language):
            for wish in WISHES:
                asked = Wish(**wish, ordering=ordering, categories=getattr(shop, within))
                found, cards = (
                    keys(one) for one in (lists.found(asked), shelf.one_of_group(lists.found(asked)))
                )
                each, one_each = lists.each(asked), lists.one_each(asked)
                assert [*keys(each[0:7]), *keys(each[7:99])] == found, wish
                assert [*keys(one_each[0:5]), *keys(one_each[5:99])] == cards, wish
                assert lists.counted(asked) == (len(cards), False)
                assert bool(found) == (within not in ("none", "unknown"))

    def test_it_is_the_same_where_there_are_too_many_parts(self, shop, language, ordering, monkeypatch):
        asked = Wish(ordering=ordering, categories=shop.top)
        with translation.override(language):
            before = list(lists.one_each(asked)[0:99])
            monkeypatch.setattr(lists, "MAX_PARTS", 1)
            assert len(lists.one_each(asked).parts) < 3
            assert list(lists.one_each(asked)[0:99]) == before


class TestCounted:
    def test_more_than_that_is_not_looked_at(self, shop, monkeypatch):
        monkeypatch.setattr(lists, "MAX_COUNTED", 4)
        count, is_more = lists.counted(Wish(categories=shop.top))
        assert 0 < count <= 4 and is_more
