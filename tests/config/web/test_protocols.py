"""What the web server says to clients, and into its log, before the shop's own code hears of them."""

import asyncio
import logging
import socket
from contextlib import asynccontextmanager

import pytest
import uvicorn
import uvloop

from config.web.protocols import Http, Sockets
from orders.live.routing import not_found, refuse

SECONDS = 10
HANDSHAKE = (
    b"GET /ws/nothing/ HTTP/1.1\r\nHost: shop\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


@asynccontextmanager
async def serving(app):
    """The address at which uvicorn serves an application as the shop has it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(app, http=Http, ws=Sockets, lifespan="off", log_config=None)
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve(sockets=[listening]))
        yield listening.getsockname()
        server.should_exit = True
        await asyncio.wait_for(task, SECONDS)


async def ask(address, sent: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(*address)
    writer.write(sent)
    try:
        return await asyncio.wait_for(reader.read(), SECONDS)
    finally:
        writer.close()


async def test_who_is_refused_a_socket_is_answered_and_is_no_error(caplog):
    caplog.set_level(logging.INFO, "uvicorn.error")

    async def too_many(_scope, _receive, send):
        await refuse(send, 429, (b"retry-after", b"30"))

    for app, status in ((not_found, b"404"), (too_many, b"429")):
        async with serving(app) as address:
            answer = await ask(address, HANDSHAKE)
        assert answer.startswith(b"HTTP/1.1 " + status) and answer.count(b"HTTP/1.1") == 1
    assert [record.getMessage() for record in caplog.records if record.levelno > logging.INFO] == []


@pytest.mark.parametrize(
    ("odd", "status"),
    [
        ((b"/ws/nothing/", b"/ws/nothing/?after=" + b"x" * 8192), b"414"),
        ((b"Host: shop", b"Host: shop\r\nCookie: " + b"x" * 8192), b"431"),
        ((b"Host: shop", b"Host: shop" + b"\r\nX-Name: x" * 128), b"431"),
        ((b"Host: shop", b"Host: shop\r\nX-Name: \x01"), b"400"),
        ((b"/ws/nothing/", "/ws/nothing/?after=ä".encode()), b"400"),
        ((b"/ws/nothing/", "/ws/ä/".encode()), b"400"),
        ((b"Host: shop", "Host: shop\r\nX-Name: ä".encode()), b"404"),
        ((b"GET", b"POST"), b"405"),
        ((b"13", b"8"), b"400"),
        ((b"AAAA==", b"AAAA"), b"400"),
    ],
)
async def test_an_odd_handshake_is_answered_at_once_and_is_no_error(odd, status, caplog):
    caplog.set_level(logging.INFO, "uvicorn.error")
    async with serving(not_found) as address:
        answer = await ask(address, HANDSHAKE.replace(*odd))
    assert answer[:12] == b"HTTP/1.1 " + status
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


def test_who_sends_two_requests_at_once_and_leaves_is_no_error(caplog):
    """The answer to the first one is made when nobody is there any more; on the loop that the shop runs on."""
    caplog.set_level(logging.INFO, "uvicorn.error")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(two_requests_and_gone())
    assert [record.getMessage() for record in caplog.records if record.levelno > logging.INFO] == []


async def two_requests_and_gone() -> None:
    asked, left, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow(_scope, receive, send):
        await receive()
        asked.set()
        await left.wait()
        await asyncio.sleep(0.1)  # the loop hears of it
        try:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"x"})
        finally:
            done.set()

    async with serving(slow) as address:
        _reader, writer = await asyncio.open_connection(*address)
        writer.write(b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n" * 2)
        await asyncio.wait_for(asked.wait(), SECONDS)
        writer.transport.abort()
        left.set()
        await asyncio.wait_for(done.wait(), SECONDS)


async def test_an_application_that_answers_no_handshake_is_an_error(caplog):
    async def silent(_scope, _receive, _send):
        pass

    async with serving(silent) as address:
        assert (await ask(address, HANDSHAKE)).startswith(b"HTTP/1.1 500")
    assert "without completing handshake" in caplog.text
