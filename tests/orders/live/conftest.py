"""Sockets in this process, on a real database and a real Redis."""

import asyncio

import pytest
from django.apps import apps
from django.db import connection

from orders.groups import make_groups
from orders.live import hub as hubs
from orders.status import OrderStatus
from tests.journeys.client import new_session


@pytest.fixture(autouse=True)
def _ours_alone(monkeypatch, settings, transactional_db):
    """Threads keep no connection when a test is over, and the clock is out of the way."""
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)
    settings.LIVE_RECHECK = 600


@pytest.fixture
async def hub():
    """The hub, which is gone after the test."""
    yield hubs.hub()
    hubs.hub().stop()
    await asyncio.sleep(0)


@pytest.fixture
def token(buyer) -> str:
    return new_session(buyer.user)


@pytest.fixture
def buyer_order(buyer):
    """An order of the buyer's that waits for its payment."""
    return buyer.order_in(OrderStatus.PAY_REQUIRED)


@pytest.fixture(autouse=True)
def _groups_as_before(transactional_db):
    """Some of these tests take groups away, which come with the migrations and are not made anew after each test."""
    yield
    make_groups(apps)
