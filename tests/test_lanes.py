"""Tests that -m leaves out are not even read where their folder or words say so; whatever may be wanted is."""

import re

import pytest

from tests import parallel
from tests.conftest import HERE, WORDS, _is_of_pages, _may_be_wanted, _never_marked

ONLY_OTHERS, ONLY_PAGES, BOTH = (False, True), (True, False), (True, True)


@pytest.mark.parametrize(
    ("wanted", "read"),
    [
        ("not pages and not races and not live and not long", ONLY_OTHERS),
        ("pages and not races and not live and not long", ONLY_PAGES),
        ("races and not live and not long", BOTH),
        ("live and not long", BOTH),
        ("long", BOTH),
        ("flow and not long and not live", BOTH),
        ("pages or long", BOTH),
        ("not (pages and not long)", BOTH),
        ("not (pages or long)", ONLY_OTHERS),
    ],
)
def test_what_may_be_wanted_is_read(wanted, read):
    assert (_may_be_wanted(wanted, pages=True), _may_be_wanted(wanted, pages=False)) == read


def test_pages_are_in_the_folders_that_are_named():
    assert _is_of_pages(HERE / "shop/test_cart.py")
    assert not _is_of_pages(HERE / "orders/pricing/test_discounts.py")


@pytest.mark.parametrize(
    ("wanted", "never", "read"),
    [
        ("long", {"long"}, False),
        ("long", {"races"}, True),
        ("live and not long", {"long", "races"}, True),
        ("races and not live and not long", {"races"}, False),
        ("flow and not long and live", {"flow"}, False),
        ("not long", {"long"}, True),
        ("races or long", {"races"}, True),
    ],
)
def test_who_can_not_have_the_marker_is_not_read(wanted, never, read):
    assert _may_be_wanted(wanted, pages=False, never=frozenset(never)) == read


def test_markers_come_by_the_words_that_are_looked_for():
    """Whoever gives one to tests of other files, or adds a call to tests/parallel.py, has to name its word."""
    shared = [path for path in HERE.glob("**/*.py") if not path.name.startswith("test_")]
    gives = re.compile(r"mark\.(flow|long|races)\b")
    assert [path for path in shared if gives.search(path.read_text(encoding="utf-8"))] == []
    own = [
        name for name, one in vars(parallel).items() if getattr(one, "__module__", "") == parallel.__name__
    ]
    assert own and all(WORDS["races"].search(name) for name in own)


def test_words_are_looked_for_in_the_file_itself():
    assert _never_marked(HERE / "test_lanes.py") == frozenset()
    assert _never_marked(HERE / "test_pins.py") == frozenset(WORDS)
    assert _never_marked(HERE / "conftest.py") == frozenset()
