"""The health addresses say whether this process answers, and whether it can serve."""

import asyncio
from contextlib import contextmanager

import pytest
from django.db import connection, connections
from django.db.migrations.recorder import MigrationRecorder

from config.web.health import LIVE, READY, Health
from tests.no_redis import no_redis

pytestmark = pytest.mark.django_db(transaction=True)


class Asked:
    """The health of a new process."""

    def __init__(self):
        self.health = Health(self.pages)

    async def pages(self, scope, receive, send):
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b"pages"})

    async def ask(self, path: str) -> tuple[int, str]:
        said: list[dict] = []

        async def send(message):
            said.append(message)

        # A proxy asks by any host name.
        scope = {"type": "http", "path": path, "headers": [(b"host", b"10.0.0.7:8000")]}
        await self.health(scope, None, send)
        start, body = said
        assert (b"retry-after" in dict(start["headers"])) == (start["status"] == 503)
        return start["status"], body["body"].decode().strip()


@pytest.fixture
def process():
    asked = Asked()
    yield asked
    asked.health.readiness.threads.pool.submit(connections.close_all).result()
    asked.health.readiness.threads.close()


def ask(process: Asked, path: str) -> tuple[int, str]:
    return asyncio.run(process.ask(path))


@contextmanager
def database_at(host: str):
    """Connections that are opened meanwhile go there."""
    given = connections.settings["default"]
    before, given["HOST"] = given["HOST"], host
    try:
        yield
    finally:
        given["HOST"] = before


@contextmanager
def read_only_database():
    name = connection.ops.quote_name(connection.settings_dict["NAME"])
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = off")
            cursor.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")


def test_a_process_that_can_serve_is_ready(process):
    assert ask(process, LIVE) == (200, "ok")
    assert ask(process, READY) == (200, "ok")


def test_everything_else_is_passed_on(process):
    assert ask(process, "/healthz/") == (404, "pages")


def test_without_the_database_it_lives_and_is_not_ready(process):
    with database_at("/nowhere"):
        assert ask(process, LIVE) == (200, "ok")
        assert ask(process, READY) == (503, "not ready")


def test_a_database_that_can_only_be_read_is_not_ready(process):
    with read_only_database():
        assert ask(process, READY) == (503, "not ready")


def test_code_that_is_newer_than_the_tables_is_not_ready(process):
    applied = MigrationRecorder.Migration.objects
    newest = applied.filter(app="orders").order_by("pk").last()
    newest.delete()
    try:
        assert ask(process, READY) == (503, "not ready")
    finally:
        applied.create(app=newest.app, name=newest.name)


def test_without_the_cache_it_is_ready_and_says_so(process, settings):
    with no_redis(settings):
        assert ask(process, READY) == (200, "degraded")


def test_of_many_who_ask_one_looks(process, monkeypatch):
    looks: list[int] = []
    ask_really = process.health.readiness._ask

    def look() -> str:
        looks.append(1)
        return ask_really()

    monkeypatch.setattr(process.health.readiness, "_ask", look)

    async def crowd():
        return await asyncio.gather(*(process.ask(READY) for _ in range(50)))

    # None of them hears that it is not ready for no other reason than that nobody has looked yet.
    assert asyncio.run(crowd()) == [(200, "ok")] * 50
    assert ask(process, READY) == (200, "ok")
    assert len(looks) == 1


def test_who_stops_waiting_ends_the_look_for_nobody_else(process):
    async def two():
        first, second = (asyncio.create_task(process.ask(READY)) for _nth in range(2))
        await asyncio.sleep(0)
        first.cancel()
        return await second

    assert asyncio.run(two()) == (200, "ok")
