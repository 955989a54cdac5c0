"""WebSockets to addresses that are none: a 404 to the handshake, and no line of a traceback."""

import logging
from uuid import uuid4

import pytest

from config.asgi import application

ORDER = f"/ws/orders/{uuid4()}/"
ODD = {
    "none": "/",
    "empty": "",
    "no such": "/ws/nothing/",
    "NUL": "/ws/orders/\0",
    "NUL in the id": ORDER.replace("-", "\0", 1),
    "a per cent sign": "/ws/orders/%/",
    "what was encoded twice": "/ws/orders/%2e%2e%2f%00/",
    "very long": "/ws/orders/" + "x" * 60_000,
    "many slashes": "/" * 60_000,
    "two slashes before": "//ws/orders/",
    "two slashes within": "/ws//orders/",
    "two slashes behind": "/ws/orders//",
    "a dot": "/ws/./orders/",
    "two dots": "/ws/orders/../orders/",
    "half of a pair": "/ws/orders/\ud800/",
    "what is no UTF-8": "/ws/orders/\ufffd\udcff/",
    "another case": "/WS/orders/",
    "an id in another case": ORDER.upper().replace("/WS/ORDERS/", "/ws/orders/").replace("0", "A"),
    "no slash behind": "/ws/orders",
    "a newline": "/ws/orders/\n",
    "a newline behind": f"{ORDER}\n",
    "an id with more": f"{ORDER[:-1]}0/",
    "of pages": "/orders/",
    "of the API": "/api/orders/",
}


@pytest.mark.parametrize("path", ODD.values(), ids=ODD)
@pytest.mark.parametrize("query", [b"", b"after=%", b"\xff\x00=%ff"])
async def test_an_odd_address_is_refused_with_a_404(path, query, caplog):
    caplog.set_level(logging.WARNING)
    sent: list[dict] = []

    async def receive() -> dict:
        return {"type": "websocket.connect"}

    async def send(message: dict) -> None:
        sent.append(message)

    scope = {
        "type": "websocket",
        "path": path,
        "raw_path": path.encode("utf-8", "surrogatepass"),
        "query_string": query,
        "headers": [],
        "client": ("127.0.0.1", 1),
        "subprotocols": [],
        "extensions": {"websocket.http.response": {}},
    }
    await application(scope, receive, send)
    assert [(one["type"], one.get("status")) for one in sent] == [
        ("websocket.http.response.start", 404),
        ("websocket.http.response.body", None),
    ]
    assert not [line for line in caplog.records if line.exc_info]
