"""A hundred clients that send without end, and read nothing, cost the web process little memory, and nobody a page."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.factories import Buyer, make_staff
from tests.journeys.client import new_session
from tests.waiting import SECONDS

MANY = 100
# What each of them tries to send, bytes, and what all of them together may cost.
EACH, ALL = 4_000_000, 60_000_000
PIECE = 64 * 1024


def head(line: str, *headers: str) -> bytes:
    return "\r\n".join([f"{line} HTTP/1.1", "Host: 127.0.0.1", *headers, "", ""]).encode()


def upgrade(token: str) -> bytes:
    return head(
        "GET /ws/orders/",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        f"X-Session-Token: {token}",
    )


def frame(opcode: int, length: int) -> bytes:
    """Not the last of its message, unless it is a ping."""
    is_last = 0x80 if opcode == 9 else 0
    size = bytes([0x80 | length]) if length < 126 else b"\xfe" + length.to_bytes(2, "big")
    return bytes([is_last | opcode]) + size + bytes(4) + b"x" * length


class Sender:
    """What one client sends: first `head`, then `again` as often as it goes."""

    def __init__(self, head: bytes, again: bytes) -> None:
        self.head, self.again = head, again


def message_without_end(token: str) -> Sender:
    return Sender(upgrade(token) + frame(1, 1000), frame(0, 1000))


def empty_parts(token: str) -> Sender:
    return Sender(upgrade(token) + frame(1, 1), frame(0, 0))


def one_huge_frame(token: str) -> Sender:
    return Sender(upgrade(token) + b"\x81\xff" + (14_000_000).to_bytes(8, "big") + bytes(4), b"x")


def pings_whose_answers_are_not_read(token: str) -> Sender:
    return Sender(upgrade(token), frame(9, 125))


def bodies_of_strangers(_token: str) -> Sender:
    return Sender(head("POST /cart/add/", "Content-Length: 11000000"), b"x")


def chunks_of_strangers(_token: str) -> Sender:
    return Sender(head("POST /cart/add/", "Transfer-Encoding: chunked"), b"3e8\r\n" + b"x" * 1000 + b"\r\n")


def bodies_that_everybody_may_send(_token: str) -> Sender:
    return Sender(head("POST /cart/add/", "Content-Length: 1048576"), b"")


def pictures_of_staff(token: str) -> Sender:
    cookie = f"Cookie: sessionid={token}"
    return Sender(head("POST /admin/catalog/product/add/", "Content-Length: 11000000", cookie), b"x")


def heads_without_end(_token: str) -> Sender:
    return Sender(b"GET / HTTP/1.1\r\n", b"X-Name: " + b"x" * 1000 + b"\r\n")


def one_header_without_end(_token: str) -> Sender:
    return Sender(b"GET / HTTP/1.1\r\nX-Name: ", b"x")


def trailers_without_end(_token: str) -> Sender:
    return Sender(
        head("POST /cart/add/", "Transfer-Encoding: chunked") + b"1\r\nx\r\n0\r\n", b"X-Name: x\r\n"
    )


def requests_in_one_go(_token: str) -> Sender:
    return Sender(b"", head("GET /products/"))


KINDS = [
    message_without_end,
    empty_parts,
    one_huge_frame,
    pings_whose_answers_are_not_read,
    bodies_of_strangers,
    chunks_of_strangers,
    bodies_that_everybody_may_send,
    pictures_of_staff,
    heads_without_end,
    one_header_without_end,
    trailers_without_end,
    requests_in_one_go,
]


def memory_of(pid: int) -> int:
    """Bytes that a process has in memory."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmRSS"))) * 1024


def connected(stack: ExitStack, shop) -> socket.socket:
    client = stack.enter_context(socket.create_connection(("127.0.0.1", shop.port), timeout=SECONDS))
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    client.settimeout(0.2)
    return client


def pieces(sender: Sender) -> Iterator[bytes]:
    """All that it sends, in large pieces: bodies that everybody may send lack their last byte."""
    yield sender.head
    again = sender.again * (PIECE // max(len(sender.again), 1)) if sender.again else b"x" * PIECE
    most = EACH if sender.again else 1048575
    for start in range(0, most, len(again)):
        yield again[: most - start]


def send_all(client: socket.socket, sender: Sender) -> None:
    """Until the shop hears no more."""
    try:
        for piece in pieces(sender):
            client.sendall(piece)
    except OSError:
        pass


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_hundred_who_send_without_end_cost_little_memory(shop, kind):
    sender = kind(new_session(make_staff()))
    web = shop.children["web"].pid
    httpx.get(f"{shop.url}/products/", timeout=SECONDS)
    before = memory_of(web)
    with ExitStack() as stack:
        for _ in range(MANY):
            send_all(connected(stack, shop), sender)

        assert httpx.get(f"{shop.url}/products/", timeout=SECONDS).status_code == 200
        assert memory_of(web) - before < ALL


def test_a_socket_keeps_no_memory_for_compression(shop):
    offers = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"
    with ExitStack() as stack:
        client = connected(stack, shop)
        client.settimeout(SECONDS)
        client.sendall(upgrade("nobody's").replace(b"\r\n\r\n", f"\r\n{offers}\r\n\r\n".encode()))
        answer = client.recv(4000).lower()

    assert answer.startswith(b"http/1.1 101 ")
    assert b"permessage-deflate" not in answer


def test_of_bodies_that_are_on_their_way_an_address_has_some_and_no_more(shop):
    sender = bodies_that_everybody_may_send("")
    with ExitStack() as stack:
        for _ in range(MANY):
            send_all(connected(stack, shop), sender)
        one_more = connected(stack, shop)
        send_all(one_more, sender)
        one_more.settimeout(SECONDS)
        answer = one_more.recv(1000)

        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: " in answer.lower()


def test_strangers_may_send_a_megabyte_and_staff_a_picture_to_the_desk_alone(shop):
    body = {"picture": ("x.png", bytes(5_000_000))}
    cookies = {"sessionid": new_session(make_staff())}
    add = f"{shop.url}/admin/catalog/product/add/"

    def status(address: str, **cookies: str) -> int:
        return httpx.post(address, files=body, cookies=cookies, timeout=SECONDS).status_code

    assert status(add, **cookies) == 403, "it was read, and lacks its CSRF token"
    assert status(add) == 413
    assert status(add, sessionid=new_session(Buyer().user)) == 413
    assert status(f"{shop.url}/cart/add/", **cookies) == 413
