"""Customers of the shop that is about to suffer, and a Valkey that may be stopped, since nobody else's shop has it."""

import os
import signal

import pytest

from config.runtime.embedded import Valkey
from tests.factories import Buyer
from tests.journeys.client import Client

# There is no RabbitMQ out of a wheel: CI brings one.
has_rabbitmq = os.environ.get("CELERY_BROKER_URL", "").startswith("amqp")
collect_ignore = [] if has_rabbitmq else ["test_rabbitmq.py"]


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
