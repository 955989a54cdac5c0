"""Tests that -m leaves out are not even read where their folder or words say so; whatever may be wanted is."""

import re

import pytest

from tests import parallel
from tests.conftest import FOLDERS, HERE, WORDS, _may_be_wanted, _never_marked, _of_folder

PAGES, AUDIT = frozenset({"pages"}), frozenset({"audit"})
ONLY_OTHERS, ONLY_PAGES, BOTH = (False, True), (True, False), (True, True)


@pytest.mark.parametrize(
    ("wanted", "read"),
    [
        ("not pages and not audit and not races and not live and not long", ONLY_OTHERS),
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
    found = (
        _may_be_wanted(wanted, always=PAGES, never=AUDIT),
        _may_be_wanted(wanted, always=frozenset(), never=PAGES | AUDIT),
    )
    assert found == read


def test_some_markers_come_by_the_folder():
    assert _of_folder(HERE / "shop/test_cart.py") == PAGES
    assert _of_folder(HERE / "orders/audit/checks/test_changes.py") == AUDIT
    assert _of_folder(HERE / "orders/live/test_hub.py") == {"races"}
    assert _of_folder(HERE / "orders/pricing/test_discounts.py") == frozenset()
    assert all(
        any(where.match(str(path.relative_to(HERE))) for path in HERE.glob("**/*.py"))
        for where in FOLDERS.values()
    )


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
    assert _may_be_wanted(wanted, always=frozenset(), never=frozenset({*never, *PAGES, *AUDIT})) == read


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
    assert _never_marked(HERE / "test_lanes.py") == PAGES | AUDIT
    assert _never_marked(HERE / "test_pins.py") == PAGES | AUDIT | WORDS.keys()
    assert _never_marked(HERE / "orders/audit/test_chains.py") >= PAGES
    assert not _never_marked(HERE / "orders/audit/test_chains.py") & AUDIT
    assert _never_marked(HERE / "conftest.py") == frozenset()


@pytest.mark.xdist_group("of the lanes")
def test_tests_of_a_group_stay_together(request):
    """pytest-xdist hands out tests by what stands behind the @ of their names: with some versions of pytest nothing does."""
    assert request.node.nodeid.endswith("@of the lanes") == hasattr(request.config, "workerinput")
