"""HTTP and WebSocket as a load generator needs them: on a plain socket, so that it costs less than what it measures."""

import base64
import json
import os
import select
import socket
from typing import Any, NamedTuple


class Answer(NamedTuple):
    status: int
    body: bytes
    # In lower case, as it came.
    head: bytes = b""
    # The address of the page that a browser was led to.
    place: str = ""

    def json(self) -> Any:
        return json.loads(self.body)


class Closed(RuntimeError):
    """The server closed the connection."""


class Connection:
    """One kept connection to a server, of this machine unless a host is named."""

    def __init__(
        self,
        port: int,
        headers: dict[str, str],
        *,
        timeout: float = 60,
        host: str = "127.0.0.1",
        connect_timeout: float | None = None,
    ) -> None:
        self.place, self.timeout, self.connect_timeout = (host, port), timeout, connect_timeout or timeout
        self.head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._connect()

    def _connect(self) -> None:
        self.socket = socket.create_connection(self.place, timeout=self.connect_timeout)
        self.socket.settimeout(self.timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""

    def ask(
        self, method: str, path: str, body: bytes = b"", kind: str = "application/json", *, key: str = ""
    ) -> Answer:
        """The answer to a request. Raises Closed where the server hangs up, unless the request may be sent again: a GET."""
        try:
            self.send(method, path, body, kind, key=key)
            return self._answer()
        except Closed:
            if method != "GET":
                raise
        self._connect()
        self.send(method, path, body, kind, key=key)
        return self._answer()

    def send(
        self, method: str, path: str, body: bytes = b"", kind: str = "application/json", *, key: str = ""
    ) -> None:
        """Send a request, with a key as `Idempotency-Key` if one is given, and don't read its answer.

        Over a new connection where the server has closed this one meanwhile, as it does with one that is idle for long.
        """
        if self._is_over():
            self.close()
            self._connect()
        words = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{self.head}"
        if key:
            words += f"Idempotency-Key: {key}\r\n"
        if method != "GET":
            words += f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        self.socket.sendall(words.encode() + b"\r\n" + body)

    def upgrade(self, path: str) -> None:
        """Make it a WebSocket."""
        key = base64.b64encode(os.urandom(16)).decode()
        words = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{self.head}Connection: Upgrade\r\nUpgrade: websocket\r\n"
        self.socket.sendall(f"{words}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode())
        head, self.rest = self._until(b"\r\n\r\n")
        if b" 101 " not in head.partition(b"\r\n")[0]:
            raise RuntimeError(f"no WebSocket: {head!r}")

    def message(self) -> Any:
        """The next message of the WebSocket; pings are answered meanwhile."""
        while (heard := self.frame()) is None:
            pass
        return heard

    def frame(self) -> Any:
        """The next frame of the WebSocket: its message, or None for one that has none, as a ping, which is answered."""
        opcode, content = self._frame()
        if opcode == 9:
            self.socket.sendall(bytes([0x8A, 0x80 | len(content), 0, 0, 0, 0]) + content)
        elif opcode == 1:
            return json.loads(content)
        elif opcode == 8:
            raise RuntimeError("the WebSocket was closed")
        return None

    def close(self) -> None:
        self.socket.close()

    def _is_over(self) -> bool:
        """Whether the server has hung up. Nothing else can be read before anything was asked."""
        look = select.poll()
        look.register(self.socket, select.POLLIN)
        return not self.rest and bool(look.poll(0)) and not self._peek()

    def _peek(self) -> bytes:
        try:
            return self.socket.recv(1, socket.MSG_PEEK)
        except ConnectionError:
            return b""

    def _frame(self) -> tuple[int, bytes]:
        first, length = self._take(2)
        if length == 126:
            length = int.from_bytes(self._take(2))
        elif length == 127:
            length = int.from_bytes(self._take(8))
        return first & 15, self._take(length)

    def _answer(self) -> Answer:
        head, self.rest = self._until(b"\r\n\r\n")
        lower = head.lower()
        status = int(head[9:12])
        if b"transfer-encoding: chunked" in lower:
            return Answer(status, self._chunks(), lower)
        return Answer(status, self._take(_length(lower)), lower)

    def _chunks(self) -> bytes:
        body = b""
        while True:
            line, self.rest = self._until(b"\r\n")
            size = int(line, 16)
            body += self._take(size + 2)[:size]
            if not size:
                return body

    def _until(self, end: bytes) -> tuple[bytes, bytes]:
        while end not in self.rest:
            self._more()
        head, _end, rest = self.rest.partition(end)
        return head, rest

    def _take(self, length: int) -> bytes:
        while len(self.rest) < length:
            self._more()
        taken, self.rest = self.rest[:length], self.rest[length:]
        return taken

    def _more(self) -> None:
        try:
            got = self.socket.recv(65536)
        except ConnectionResetError as error:
            raise Closed from error
        if not got:
            raise Closed
        self.rest += got


def _length(head: bytes) -> int:
    _before, found, after = head.partition(b"content-length:")
    return int(after.partition(b"\r\n")[0]) if found else 0
