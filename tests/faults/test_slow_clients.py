"""Clients that send or read slowly hold no thread, so they keep nobody else from the shop."""

import socket
from contextlib import ExitStack
from pathlib import Path

import httpx

from tests.waiting import SECONDS

# More than the web process has threads.
MANY = 30


def connected(stack: ExitStack, shop, request: bytes) -> socket.socket:
    client = stack.enter_context(socket.create_connection(("127.0.0.1", shop.port), timeout=SECONDS))
    # A small window: an answer does not fit into the buffers between us.
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    client.sendall(request)
    return client


def test_half_sent_bodies_stop_nobody(shop):
    head = (
        b"POST /api/auth/app/v1/auth/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    )
    with ExitStack() as stack:
        for _ in range(MANY):
            connected(stack, shop, head + b'Content-Length: 1000\r\n\r\n{"email": "')

        assert httpx.get(f"{shop.url}/products/", timeout=SECONDS).status_code == 200


def test_slow_readers_stop_nobody(shop):
    picture = Path(shop.environment["DATA_DIR"]) / "media/large.webp"
    picture.parent.mkdir(exist_ok=True)
    picture.write_bytes(bytes(4_000_000))
    with ExitStack() as stack:
        for _ in range(MANY):
            connected(stack, shop, b"GET /media/large.webp HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")

        assert httpx.get(f"{shop.url}/products/", timeout=SECONDS).status_code == 200


def test_who_sends_too_much_is_heard_out_and_gets_the_whole_answer(shop):
    with ExitStack() as stack:
        client = connected(
            stack, shop, b"POST /cart/add/ HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
        for _ in range(64):
            client.sendall(chunk)
        client.sendall(b"0\r\n\r\n")
        head, _, body = b"".join(iter(lambda: client.recv(1000), b"")).partition(b"\r\n\r\n")

        assert head.startswith(b"HTTP/1.1 413 ")
        assert f"content-length: {len(body)}".encode() in head
        assert body


def test_who_sends_too_much_and_then_nothing_is_let_go(shop):
    with ExitStack() as stack:
        client = connected(
            stack, shop, b"POST /cart/add/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9000000\r\n\r\nx"
        )

        assert b"".join(iter(lambda: client.recv(1000), b"")).startswith(b"HTTP/1.1 413 ")
