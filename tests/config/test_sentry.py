"""Errors are told where SENTRY_DSN says, by name and traceback, and with nothing of a person in them."""

import json
import logging
import os
import subprocess
import sys
import zlib
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import psycopg
import pytest
import sentry_sdk

from config import logs, request_id, sentry

log = logging.getLogger("orders.something")


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = zlib.decompress(body, 31)
        self.server.told.append(body.decode())
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *words: object) -> None:
        """Nothing."""


@pytest.fixture
def told():
    """What the receiver was told, as text; what an error is told with is set up as settings do it."""
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    server.told = []
    Thread(target=server.serve_forever, daemon=True).start()
    sentry.begin(f"http://key@127.0.0.1:{server.server_port}/1")
    yield server.told
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)
    server.shutdown()
    server.server_close()


def fail(message: str, error: Exception) -> None:
    email = "hoa@example.com"
    try:
        raise error
    except type(error):
        log.exception(message, error, extra={"of": email})
    sentry_sdk.flush(10)


def test_an_error_is_told_with_its_traceback_and_names_and_nothing_of_a_person(told):
    request_id.begin("the-request")
    logs.about(order="the-order")
    fail("%s went wrong", ValueError("no such thing\nKey (email)=(hoa@example.com) exists"))

    (text,) = told
    event = json.loads(text.splitlines()[-1])
    assert event["tags"] == {"request_id": "the-request", "order": "the-order"}
    (value,) = event["exception"]["values"]
    assert (value["type"], value["value"]) == ("ValueError", "no such thing")
    assert value["stacktrace"]["frames"][-1]["function"] == "fail"
    assert "hoa@example.com" not in text.replace('email = \\"hoa@example.com\\"', "")
    assert event["logentry"]["message"] == "%s went wrong"


def test_a_server_that_is_away_is_not_told(told):
    fail("%s: unavailable", psycopg.OperationalError("connection refused"))
    log.warning("a warning")
    sentry_sdk.flush(10)
    assert [text for text in told if '"type":"event"' in text] == []


def test_without_an_address_it_is_not_loaded():
    code = "import django; django.setup(); import sys; print('sentry_sdk' in sys.modules, 'boto3' in sys.modules)"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "SENTRY_DSN": ""}
    said = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert said.stdout.split() == ["False", "False"]
