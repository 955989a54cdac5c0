"""Sends bytes to the shop over the loopback, and reads what it says, until it hangs up."""

import gzip
import json
import socket
import time
import zlib
from typing import Any, NamedTuple

# Seconds that an answer may take; what was broken on purpose is waited for so long.
PATIENCE, SHORT = 30.0, 1.5
MAX_ANSWER = 64 * 1024 * 1024


class Answer(NamedTuple):
    """Status 0: nothing that is an answer."""

    status: int
    head: bytes
    body: bytes
    seconds: float

    def header(self, name: str) -> str:
        """The last one of that name, "" if there is none."""
        found = [line.partition(b":")[2].strip() for line in self.head.split(b"\r\n") if _is(line, name)]
        return found[-1].decode("latin-1") if found else ""

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """Raises ValueError, also for NaN and its like, which are no JSON."""
        return json.loads(self.body, parse_constant=_no_constant)


def _is(line: bytes, name: str) -> bool:
    return line.partition(b":")[0].strip().lower() == name.lower().encode()


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def ask(door: tuple[str, int], raw: bytes, *, is_broken: bool = False) -> Answer:
    """One request over a connection of its own."""
    begun = time.monotonic()
    with socket.create_connection(door, timeout=PATIENCE) as line:
        got = _exchange(line, raw, SHORT if is_broken else PATIENCE)
    return read(got, time.monotonic() - begun)


def _exchange(line: socket.socket, raw: bytes, patience: float) -> bytes:
    """All that comes back; what came before a connection broke counts."""
    got = bytearray()
    line.settimeout(patience)
    try:
        line.sendall(raw)
    except OSError:
        pass  # it was refused before all of it was sent: the answer may be here
    try:
        while len(got) < MAX_ANSWER and (part := line.recv(65536)):
            got += part
    except OSError:
        pass
    return bytes(got)


def read(got: bytes, seconds: float) -> Answer:
    head, _end, body = got.partition(b"\r\n\r\n")
    # A promise to go on, before the answer.
    while head.startswith(b"HTTP/1.1 100"):
        head, _end, body = body.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.") or not head[9:12].isdigit():
        return Answer(0, head, body, seconds)
    answer = Answer(int(head[9:12]), head, body, seconds)
    if "chunked" in answer.header("Transfer-Encoding").lower():
        answer = answer._replace(body=_joined(body))
    return answer._replace(body=_unpacked(answer))


def _joined(body: bytes) -> bytes:
    whole = b""
    while body:
        size, _end, body = body.partition(b"\r\n")
        try:
            length = int(size, 16)
        except ValueError:
            break
        if not length:
            break
        whole, body = whole + body[:length], body[length + 2 :]
    return whole


def _unpacked(answer: Answer) -> bytes:
    if answer.header("Content-Encoding") != "gzip":
        return answer.body
    try:
        return gzip.decompress(answer.body)
    except (OSError, EOFError, zlib.error):
        return answer.body
