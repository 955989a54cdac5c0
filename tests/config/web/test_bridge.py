"""Between ASGI and WSGI: what a request is called, what becomes of an answer, and what one leaves for the next."""

import threading
from contextvars import ContextVar
from io import BytesIO

import pytest

from config.web.bridge import BODY, Bridge

SCOPE = {
    "type": "http",
    "method": "POST",
    "path": "/đơn hàng/",
    "query_string": b"a=1&b=%C4%91",
    "http_version": "1.1",
    "scheme": "https",
    "server": ("shop.example", 443),
    "client": ("192.0.2.7", 5000),
    "headers": [
        (b"host", b"shop.example"),
        (b"content-type", b"application/json"),
        (b"content-length", b"4"),
        (b"x-forwarded-for", b"198.51.100.1"),
        (b"x-forwarded-for", b"192.0.2.1"),
        (b"x_forwarded_for", b"203.0.113.9"),
    ],
}


async def ask(app, *, body: bytes = b"") -> list[dict]:
    """What is sent when a WSGI application is asked once."""
    return await asked(Bridge(app, threads=1), body)


async def asked(bridge: Bridge, body: bytes = b"") -> list[dict]:
    sent: list[dict] = []

    async def receive() -> dict:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict) -> None:
        sent.append(message)

    await bridge({**SCOPE, BODY: BytesIO(body)}, receive, send)
    return sent


async def test_a_request_is_called_as_wsgi_calls_it():
    seen = {}

    def app(environ, start):
        seen.update(environ, read=environ["wsgi.input"].read())
        start("204 No Content", [])
        return []

    await ask(app, body=b"body")

    assert seen["read"] == b"body"
    assert seen["REQUEST_METHOD"] == "POST"
    assert seen["PATH_INFO"].encode("latin-1").decode() == "/đơn hàng/"
    assert seen["QUERY_STRING"] == "a=1&b=%C4%91"
    assert (seen["wsgi.url_scheme"], seen["SERVER_NAME"], seen["SERVER_PORT"]) == (
        "https",
        "shop.example",
        "443",
    )
    assert (seen["CONTENT_TYPE"], seen["CONTENT_LENGTH"]) == ("application/json", "4")
    assert seen["REMOTE_ADDR"] == "192.0.2.7"


async def test_a_header_with_an_underscore_does_not_pass_for_another():
    seen = {}

    def app(environ, start):
        seen.update(environ)
        start("200 OK", [])
        return []

    await ask(app)

    assert seen["HTTP_X_FORWARDED_FOR"] == "198.51.100.1,192.0.2.1"


async def test_an_answer_is_sent_whole_and_closed_in_its_thread():
    closed_in: list[str] = []

    class Parts(list):
        def close(self) -> None:
            closed_in.append(threading.current_thread().name)

    def app(environ, start):
        start("200 OK", [("Content-Type", "text/plain"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
        return Parts([b"one", b"", b"two"])

    begin, rest = await ask(app)

    cookies = [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
    assert begin == {
        "type": "http.response.start",
        "status": 200,
        "headers": [(b"content-type", b"text/plain"), *cookies],
    }
    assert rest == {"type": "http.response.body", "body": b"onetwo"}
    assert closed_in == ["WSGI_0"]


async def test_an_application_that_fails_sends_nothing_and_the_server_hears_of_it():
    def app(environ, start):
        start("200 OK", [])
        yield b"half of it"
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        await ask(app)


async def test_nothing_of_one_request_is_there_in_the_next_of_the_same_thread():
    who: ContextVar[str] = ContextVar("who", default="nobody")
    seen = []

    def app(environ, start):
        seen.append((who.get(), threading.current_thread().name))
        who.set("somebody")
        start("204 No Content", [])
        return []

    bridge = Bridge(app, threads=1)
    await asked(bridge)
    await asked(bridge)

    assert seen == [("nobody", "WSGI_0")] * 2
