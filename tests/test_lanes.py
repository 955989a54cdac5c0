"""Tests of pages are not even read where -m leaves them out; whatever may be wanted is."""

import pytest

from tests.conftest import HERE, _is_of_pages, _may_be_wanted

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
