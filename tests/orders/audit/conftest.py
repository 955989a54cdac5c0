"""What is damaged."""

from contextlib import nullcontext

import pytest

from orders import audit
from tests.factories import make_product
from tests.orders.audited import open_shop, rest, run


@pytest.fixture(scope="class")
def shop(request, world):
    """A shop with an order of the name that is asked for, and with one that nobody damages. The audit looks from inside.

    It stays for the rows of a table that follow one another with the same name.
    """
    with world(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(audit, "snapshot", nullcontext)
        shop = open_shop(request.param)
        shop.buyer.place((make_product(stock=3, sku="OTHER"), 1))
        rest()
        assert run() == []
        yield shop
