"""A Redis that hangs costs one caller one short timeout, and what only helps goes on without it."""

import signal
import threading
import time
from contextlib import contextmanager
from contextvars import copy_context

import pytest
from django.core.cache import caches
from redis import Redis
from redis.exceptions import RedisError

from config.runtime.embedded import Valkey
from rest import breaker
from tests.factories import PASSWORD, make_user

# What a call may cost once it is known that Redis hangs. It asks nobody; the rest is the machine's.
AT_ONCE = 0.05


@pytest.fixture
def valkey(tmp_path_factory):
    home = tmp_path_factory.mktemp("valkey")
    server = Valkey(home, home, home)
    server.start()
    yield server
    server.child.process.send_signal(signal.SIGCONT)
    server.stop()


@pytest.fixture(autouse=True)
def _soon(valkey, settings, monkeypatch):
    """The caches are in that Redis, and it is tried often."""
    monkeypatch.setattr(breaker, "MAX_PAUSE", 0.25)
    address = f"unix://{valkey.socket}?db=1"
    settings.CACHES = {name: one | {"LOCATION": address} for name, one in settings.CACHES.items()}


@contextmanager
def hanging(valkey):
    valkey.child.process.send_signal(signal.SIGSTOP)
    yield
    valkey.child.process.send_signal(signal.SIGCONT)


def seconds_of(call) -> float:
    before = time.perf_counter()
    with pytest.raises(RedisError):
        call()
    return time.perf_counter() - before


def comes_back(call) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            return call()
        except RedisError:
            time.sleep(0.05)
    raise AssertionError("it is left alone for ever")


@pytest.mark.parametrize("name", ["default", "previews"])
def test_one_caller_waits_and_the_others_are_told_at_once(valkey, settings, name, caplog):
    cache = caches[name]
    cache.set("count", 1)
    with hanging(valkey):
        patience = settings.CACHES[name]["OPTIONS"]["seconds"]
        assert patience <= seconds_of(lambda: cache.incr("count")) < patience + 1
        assert sorted(seconds_of(lambda: cache.incr("count")) for _ in range(100))[98] < AT_ONCE

    comes_back(lambda: cache.incr("count"))
    told = [record.getMessage() for record in caplog.records if record.name == breaker.__name__]
    assert [" does not answer" in line for line in told] == [True, False], "one line each, and no more"


def test_what_only_helps_is_an_empty_cache_meanwhile(valkey):
    cache = caches["default"]
    cache.set("kept", 1)
    with hanging(valkey):
        assert cache.get("kept", "nothing") == "nothing"
        assert cache.get_many(["kept"]) == {}
        assert cache.add("kept", 2) is True
        assert cache.set("kept", 3) is None
        assert not cache.has_key("kept") and not cache.delete("kept") and not cache.touch("kept")
        cache.set_many({"kept": 4})
        cache.delete_many(["kept"])


def test_what_is_needed_is_never_taken_for_lost(valkey):
    cache = caches["previews"]
    cache.set("preview", 1)
    valkey.child.stop()

    for call in (
        lambda: cache.get("preview"),
        lambda: cache.set("preview", 1),
        lambda: cache.delete("preview"),
    ):
        with pytest.raises(RedisError):
            call()


@pytest.mark.django_db
def test_signing_in_has_no_limit_rather_than_no_answer(valkey, client, settings):
    """Allauth's limits ask the cache several times for each of them."""
    settings.ACCOUNT_RATE_LIMITS = {}
    sent = {"email": make_user().email, "password": PASSWORD}
    with hanging(valkey):
        answer = client.post("/api/auth/app/v1/auth/login", sent, content_type="application/json")

    assert answer.status_code == 200


def test_a_connection_that_broke_is_replaced_at_once(valkey):
    cache = caches["previews"]
    cache.set("preview", 1)
    valkey.child.stop()
    valkey.start()

    cache.set("preview", 2)
    assert cache.get("preview") == 2


def test_an_answer_that_comes_too_late_is_nobody_elses(valkey):
    cache = caches["previews"]
    cache.set("mine", 1)
    cache.set("yours", 2)
    with hanging(valkey), pytest.raises(RedisError):
        cache.get("mine")

    assert comes_back(lambda: cache.get("yours")) == 2


def test_requests_share_their_connections(valkey):
    """Each request has a context of its own, as config/web/ sees to; that is no reason for a connection of its own."""

    def request() -> None:
        caches["default"].get("anything")

    def thread() -> None:
        for _ in range(20):
            copy_context().run(request)

    threads = [threading.Thread(target=thread) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    with Redis(unix_socket_path=str(valkey.socket)) as redis:
        assert len(redis.client_list()) <= len(threads) + 1
