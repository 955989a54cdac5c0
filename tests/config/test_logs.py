"""What is written into the log, and what is not."""

import json
import logging
from contextlib import suppress
from io import StringIO
from logging.config import dictConfig
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import pytest
import uvicorn

from config.logs import AboutFilter, Handler, Json, forget, note_task
from config.request_id import RequestIdFilter
from orders.events.task_names import Task


def test_the_web_server_has_no_line_for_each_request(settings):
    # In the order of a web process: the server comes first, then the shop is loaded.
    uvicorn.Config("config.asgi:application", access_log=False, log_level="warning")
    dictConfig(settings.LOGGING)

    # uvicorn asks whether anybody listens to it, whatever `access_log` it was given.
    assert not logging.getLogger("uvicorn.access").hasHandlers()
    assert logging.getLogger("uvicorn.error").hasHandlers()


@pytest.fixture
def written(settings):
    """The lines for programs that are written in the test."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Json())
    handler.addFilter(RequestIdFilter())
    handler.addFilter(AboutFilter())
    log = logging.getLogger("orders.of_the_test")
    log.addHandler(handler)
    yield log, lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    log.removeHandler(handler)
    forget()


def test_a_line_for_programs_is_one_object_that_names_the_order_and_its_task(written):
    log, lines = written
    task = SimpleNamespace(name=Task.CONFIRM, request=SimpleNamespace(id="t-1"))
    note_task(task, args=("an-order",))
    log.warning("two\nlines of %s", "text")
    note_task(task, args=("one", "another"))
    try:
        raise ValueError("so it is")
    except ValueError:
        log.exception("it failed")
    first, second = lines()
    assert first["message"] == "two\nlines of text"
    assert (first["order"], first["task"], first["task_id"]) == ("an-order", "orders.confirm", "t-1")
    assert first["at"].endswith("+00:00")
    assert "order" not in second
    assert second["error"].endswith("ValueError: so it is")


@pytest.mark.django_db
def test_the_lines_of_a_request_name_the_order_in_its_address(written, client):
    log, lines = written
    answer = client.get(f"/api/orders/{UUID(int=7)}/", headers={"X-Request-ID": "a-click"})
    log.warning("of the order")
    client.get("/products/")
    log.warning("of none")
    about_order, about_none = lines()
    assert answer.status_code == 401
    assert (about_order["request_id"], about_order["order"]) == ("a-click", str(UUID(int=7)))
    assert "order" not in about_none


def test_a_line_that_finds_no_room_is_dropped_without_a_traceback(capfd):
    with suppress(OSError), Path("/dev/full").open("w") as full:
        Handler(full).handle(logging.makeLogRecord({"msg": "no room for this"}))
    assert capfd.readouterr().err == ""


def test_a_line_that_is_written_wrongly_is_told_of(capfd):
    stream = StringIO()
    Handler(stream).handle(logging.makeLogRecord({"msg": "%d", "args": ("no number",)}))
    assert "TypeError" in capfd.readouterr().err


def test_what_no_page_sends_is_a_warning_in_one_line(client, settings, monkeypatch):
    """The address with a slash behind it would be longer than Django leads anybody to."""
    dictConfig(settings.LOGGING)
    (handler,) = (one for one in logging.getLogger().handlers if isinstance(one, Handler))
    stream = StringIO()
    monkeypatch.setattr(handler, "stream", stream)
    logging.getLogger("django.security.csrf").error("another")

    answer = client.get("/admin/orders/order?" + "x" * 20_000)

    assert answer.status_code == 400
    said = stream.getvalue()
    assert "WARNING" in said and "DisallowedRedirect" in said
    assert "ERROR" not in said and "Traceback" not in said
