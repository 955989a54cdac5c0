"""Customers of the shop that is about to suffer."""

import pytest

from tests.factories import Buyer
from tests.journeys.client import Client


@pytest.fixture
def buyer(shop) -> Buyer:
    return Buyer()


@pytest.fixture
def client(shop, buyer) -> Client:
    return Client(shop, buyer.user)
