"""What a process counts and times: by view and status, its threads, sockets, connections and rounds; and what that costs."""

import asyncio
import threading
import time
import urllib.error
import urllib.request

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import ResolverMatch
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from config.measures import numbers, requests, rounds, server
from config.measures.requests import MeasureMiddleware
from config.measures.server import Server
from config.web.bodies import refuse
from config.web.bridge import Bridge
from database import connections
from tests.config.web.test_bridge import asked
from tests.factories import make_user
from tests.waiting import SECONDS, wait_until

TOKEN = "a long secret"


def told() -> dict[tuple[str, ...], float]:
    """By name and labels, which stand in the order of their own names."""
    families = text_string_to_metric_families(generate_latest(numbers.registry).decode())
    return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


def grown(before: dict[tuple[str, ...], float], *name: str) -> float:
    return told()[name] - before.get(name, 0)


# --- requests --------------------------------------------------------------------------------------------------------


@pytest.fixture
def measured(client, settings):
    settings.MIDDLEWARE = ["config.measures.requests.MeasureMiddleware", *settings.MIDDLEWARE]
    return client


@pytest.mark.django_db
def test_requests_are_counted_by_their_routes_name_and_timed(measured):
    before = told()
    for path in ("/products/", "/products/none-of-it/", "/nowhere/a-secret/", "/accounts/", "/vi/products/"):
        measured.get(path)
    assert grown(before, "orderly_requests_total", "200", "products") == 2
    assert grown(before, "orderly_requests_total", "404", "product") == 1
    assert grown(before, "orderly_requests_total", "302", "account") == 1
    assert grown(before, "orderly_requests_total", "404", requests.NO_VIEW) == 1
    assert grown(before, "orderly_request_seconds_count", "account") == 1
    assert not [name for name in told() if "secret" in str(name)]


@pytest.mark.django_db
def test_an_error_of_ours_is_counted_as_what_left(measured, monkeypatch):
    measured.raise_request_exception = False
    monkeypatch.setattr("shop.views.account.account.is_mfa_enabled", lambda user: 1 / 0)
    measured.force_login(make_user())
    before = told()
    measured.get("/accounts/")
    assert grown(before, "orderly_requests_total", "500", "account") == 1


async def test_what_is_refused_before_it_has_a_thread_is_counted_too():
    before, sent = told(), []

    async def receive():
        return {"type": "http.request", "more_body": False}

    async def send(message):
        sent.append(message)

    await refuse({"type": "http", "path": "/api/", "headers": []}, receive, send, "request_too_large")
    assert grown(before, "orderly_requests_total", "413", requests.REFUSED) == 1


# --- threads ---------------------------------------------------------------------------------------------------------


async def test_busy_threads_and_those_who_wait_for_one_are_told_and_none_is_left_over():
    go, begun = threading.Event(), threading.Semaphore(0)

    def slow(environ, start):
        begun.release()
        assert go.wait(SECONDS)
        start("200 OK", [])
        return [b""]

    bridge = Bridge(slow, threads=2, is_measured=True)
    before = told()
    asking = [asyncio.create_task(asked(bridge)) for _ in range(5)]
    for _ in range(2):
        assert await asyncio.to_thread(begun.acquire, timeout=SECONDS)
    found = told()
    assert [found[f"orderly_{name}",] for name in ("threads", "threads_busy", "requests_waiting")] == [
        2,
        2,
        3,
    ]
    # A client that goes away does not count for ever.
    asking.pop().cancel()
    await asyncio.sleep(0)
    assert told()["orderly_requests_waiting",] == 2
    go.set()
    await asyncio.gather(*asking)
    found = told()
    assert [found[f"orderly_{name}",] for name in ("threads_busy", "requests_waiting")] == [0, 0]
    assert grown(before, "orderly_thread_wait_seconds_count") >= 4


async def test_a_request_that_fails_gives_its_thread_back():
    def fails(environ, start):
        raise RuntimeError("no answer")

    with pytest.raises(RuntimeError):
        await asked(Bridge(fails, threads=1, is_measured=True))
    assert told()["orderly_threads_busy",] == 0


# --- connections, rounds ---------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_connections_are_counted_as_long_as_they_are_open():
    before = connections.counted()
    is_open, over = threading.Event(), threading.Event()

    def work():
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
        is_open.set()
        over.wait(SECONDS)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    assert is_open.wait(SECONDS)
    now = connections.counted()
    assert (now["open"], now["busy"]) == (before["open"] + 1, before["busy"] + 1)
    over.set()
    thread.join()
    assert connections.counted() == before


def test_a_round_is_timed_and_one_that_fails_has_no_end():
    with rounds.round_of("a test's"):
        pass
    first = told()
    assert first["orderly_round_seconds_count", "a test's"] == 1
    assert time.time() - first["orderly_round_ended_seconds", "a test's"] < SECONDS
    with pytest.raises(ZeroDivisionError), rounds.round_of("a test's"):
        _never = 1 / 0
    assert told()["orderly_round_failures_total", "a test's"] == 1
    assert (
        told()["orderly_round_ended_seconds", "a test's"] == first["orderly_round_ended_seconds", "a test's"]
    )


# --- the port --------------------------------------------------------------------------------------------------------


@pytest.fixture
def port(settings):
    settings.METRICS_TOKEN = [TOKEN]
    with Server("127.0.0.1", 0) as here:
        threading.Thread(target=here.serve_forever, args=(0.05,), daemon=True).start()
        yield here.server_address[1]
        here.shutdown()


def ask(port: int, path: str = "/metrics", authorization: str = f"Bearer {TOKEN}") -> tuple[int, str]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", headers={"Authorization": authorization}
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_the_port_tells_who_has_the_token_and_nobody_else(port):
    status, text = ask(port)
    assert status == 200 and "orderly_threads " in text and "process_resident_memory_bytes" in text
    for wrong in ("", "Bearer", "Bearer another", f"Basic {TOKEN}", "Bearer \xff"):
        assert ask(port, authorization=wrong)[0] == 404
    assert ask(port, "/")[0] == 404


# --- what it costs ---------------------------------------------------------------------------------------------------


def test_a_request_costs_less_than_twenty_microseconds():
    """Of a processor, the quickest of some rounds: middleware, both counters, and the time in the bridge."""
    request = RequestFactory().get("/")
    request.resolver_match = ResolverMatch(ask, (), {}, url_name="orders")
    bridge = Bridge(lambda environ, start: (start("200 OK", []), [b""])[1], threads=1)
    answer = HttpResponse()
    bare, whole = (lambda _request: answer), MeasureMiddleware(lambda _request: answer)
    environ = {"orderly.came": 0.0}
    cost = per_call(lambda: whole(request)) - per_call(lambda: bare(request))
    cost += per_call(lambda: bridge._measured(environ)) - per_call(lambda: bridge._answer(environ))
    assert 0 < cost < 20e-6, f"{cost * 1e6:.1f} µs"


def per_call(call, times: int = 2000) -> float:
    best = float("inf")
    for _round in range(5):
        began = time.process_time()
        for _ in range(times):
            call()
        best = min(best, time.process_time() - began)
    return best / times


def test_without_its_setting_nothing_is_measured(settings):
    assert not settings.MEASURES
    assert not [name for name in settings.MIDDLEWARE if "measures" in name]
    assert Bridge(lambda *_: [], threads=1).answer.__name__ == "_answer"


def test_a_port_that_is_taken_keeps_nobody_from_serving_and_is_taken_over_once_it_is_free(settings, caplog):
    settings.METRICS_TOKEN, settings.METRICS_HOST = [TOKEN], "127.0.0.1"
    before = Server("127.0.0.1", 0)
    settings.METRICS_PORT = before.server_address[1]
    threading.Thread(target=server._serve, daemon=True).start()
    wait_until(lambda: "metrics are not told on METRICS_PORT" in caplog.text, "it is said")
    before.server_close()
    wait_until(lambda: _answers(settings.METRICS_PORT), "it tells now")


def _answers(port: int) -> bool:
    try:
        return ask(port)[0] == 200
    except OSError:
        return False
