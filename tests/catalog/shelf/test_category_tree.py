"""Categories below categories: no circle and not too many levels, whatever moves at one moment."""

import pytest
from django.db import IntegrityError, transaction

from catalog.models import Category
from catalog.shelf.category_tree import Tree
from catalog.triggers.category_guard import MAX_DEPTH
from tests.parallel import at_once


def category(slug: str, parent: Category | None = None) -> Category:
    return Category.objects.create(name=slug, slug=slug, parent=parent)


def move(slug: str, below: Category) -> bool:
    """Whether the database let it."""
    try:
        with transaction.atomic():
            Category.objects.filter(slug=slug).update(parent=below)
    except IntegrityError:
        return False
    return True


@pytest.mark.django_db
def test_a_category_is_never_below_itself():
    a = category("a")
    b = category("b", a)
    c = category("c", b)
    assert not move("a", a)
    assert not move("a", c)
    assert move("c", a)


@pytest.mark.django_db
def test_no_branch_is_deeper_than_the_limit():
    at = category("0")
    for level in range(1, MAX_DEPTH):
        at = category(str(level), at)
    with pytest.raises(IntegrityError), transaction.atomic():
        category("too deep", at)
    top = category("top")
    assert not move("0", top)
    assert move("1", top)


@pytest.mark.django_db(transaction=True)
def test_two_moves_at_once_make_no_circle():
    for at in range(5):
        a, b = category(f"a{at}"), category(f"b{at}")
        done = at_once([lambda a=a, b=b: move(a.slug, b), lambda a=a, b=b: move(b.slug, a)])
        assert sorted(done) == [False, True]


@pytest.mark.django_db(transaction=True)
def test_two_moves_at_once_make_no_branch_too_deep():
    a = category("a")
    b = category("b", a)
    c = category("c")
    d = category("d", c)
    e = category("e")
    category("f", e)
    done = at_once([lambda: move("c", b), lambda: move("e", d)])
    assert sorted(done) == [False, True]


@pytest.mark.django_db
def test_a_tree_knows_what_is_below_and_what_stands_above():
    a = category("a")
    b = category("b", a)
    c = category("c", b)
    other = category("other")
    tree = Tree(Category.objects.order_by("pk"))
    assert tree.roots() == [a, other]
    assert tree.ids_of("b") == [b.pk, c.pk]
    assert tree.ids_of("nothing") == []
    assert tree.way_to(c.pk) == [a, b, c]
    assert (tree.depth_within(a.pk), tree.depth_within(c.pk)) == (3, 1)


def test_a_circle_that_some_hand_made_ends():
    a, b = Category(pk=1, parent_id=2), Category(pk=2, parent_id=1)
    tree = Tree([a, b])
    assert tree.way_to(1) == [b, a]
    assert sorted(tree.ids_within(1)) == [1, 2]
