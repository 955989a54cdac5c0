"""Customers of the shop that is about to suffer, and a Valkey that may be stopped, since nobody else's shop has it."""

import signal

import pytest

from config.runtime.embedded import Valkey
from tests.factories import Buyer
from tests.journeys.client import Client


@pytest.fixture
def buyer(shop) -> Buyer:
    return Buyer()


@pytest.fixture
def client(shop, buyer) -> Client:
    return Client(shop, buyer.user)


@pytest.fixture
def own_valkey(tmp_path_factory):
    home = tmp_path_factory.mktemp("valkey")
    valkey = Valkey(home, home, home)
    valkey.start()
    yield valkey
    valkey.child.process.send_signal(signal.SIGCONT)
    valkey.stop()
