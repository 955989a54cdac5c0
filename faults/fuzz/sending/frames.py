"""One WebSocket of a client that does what it likes: an odd handshake, odd frames, and how it leaves."""

import base64
import json
import select
import socket
import struct
import time
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

from faults.fuzz.sending import odd, wire
from faults.fuzz.sending.requests import Request

# Seconds for the answer to the first request, and for what comes after the last frame.
PATIENCE, LISTENS = 30.0, 0.3
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
HANDSHAKES: tuple[tuple[str, str], ...] = (
    ("Sec-WebSocket-Version", "8"),
    ("Sec-WebSocket-Version", "x"),
    ("Sec-WebSocket-Key", ""),
    ("Sec-WebSocket-Key", "short"),
    ("Sec-WebSocket-Protocol", "a, b, \xff"),
    ("Sec-WebSocket-Protocol", ",".join("x" * 300)),
    ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits=99"),
    ("Sec-WebSocket-Extensions", "x; y=z; ,,;"),
    ("Origin", "http://example.invalid"),
    ("Origin", "http://[::1"),
    ("Connection", "close"),
)


class Frame(NamedTuple):
    """`bits` are the first byte's upper half: 8 says that it is the last part."""

    opcode: int
    content: bytes = b""
    bits: int = 8
    is_masked: bool = True

    def raw(self) -> bytes:
        length, mask = len(self.content), b"\0\0\0\0" if self.is_masked else b""
        flag = 0x80 if self.is_masked else 0
        if length < 126:
            size = bytes([flag | length])
        else:
            size = (
                struct.pack(">BH", flag | 126, length)
                if length < 65536
                else struct.pack(">BQ", flag | 127, length)
            )
        return bytes([self.bits << 4 | self.opcode]) + size + mask + self.content


@dataclass
class Session:
    """What is sent; each piece of `sent` is one frame, or bytes that are none."""

    request: Request
    sent: list[bytes] = field(default_factory=list)
    # Whether all of it goes in one go.
    is_rapid: bool = False


class Heard(NamedTuple):
    answer: wire.Answer
    messages: list[bytes]
    # The code that the shop closed it with; 0 where it did not.
    code: int


def session(chance: Random, request: Request) -> Session:
    """The handshake, mostly right, and up to some dozens of frames."""
    headers = [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13")]
    headers.append(("Sec-WebSocket-Key", base64.b64encode(chance.randbytes(16)).decode()))
    if chance.random() < 0.2:
        name, value = chance.choice(HANDSHAKES)
        headers = [*(one for one in headers if one[0] != name), (name, value)]
    request.headers += headers
    count = chance.choice((0, 1, 2, 4, 4, 30))
    return Session(request, [_piece(chance) for _nth in range(count)], chance.random() < 0.5)


def _piece(chance: Random) -> bytes:
    text = odd.text(chance).encode("utf-8", "surrogatepass")
    words = odd.dumped(
        {"type": chance.choice(("subscribe", "ping", "ready", "")), "after": odd.member(chance)}
    )
    plain = (
        (TEXT, text),
        (TEXT, words),
        (TEXT, words[: len(words) // 2]),
        (BINARY, text),
        (PING, text[:125]),
        (PONG, b""),
    )
    opcode, content = chance.choice(plain)
    ways = (
        Frame(opcode, content).raw(),
        Frame(opcode, content).raw(),
        Frame(TEXT, b"a", bits=0).raw() + Frame(0, b"b", bits=0).raw() + Frame(0, b"c").raw(),
        Frame(TEXT, b"a", bits=0).raw() + Frame(PING).raw(),
        Frame(0, b"of nothing").raw(),
        Frame(TEXT, b"x" * chance.choice((4096, 4097, 70_000))).raw(),
        Frame(PING, b"x" * 126).raw(),
        Frame(chance.choice((3, 7, 11, 15)), content).raw(),
        Frame(opcode, content, bits=chance.choice((12, 10, 9, 15))).raw(),
        Frame(opcode, content, is_masked=False).raw(),
        bytes([0x81, 0xFF]) + struct.pack(">Q", 2**63) + b"\0\0\0\0x",
        Frame(
            CLOSE,
            chance.choice(
                (b"", b"\x03", *(struct.pack(">H", code) for code in (0, 999, 1000, 1005, 4999, 65535)))
            ),
        ).raw(),
        Frame(CLOSE, struct.pack(">H", 1000) + b"\xff\xfe").raw(),
        Frame(PING).raw() * 300,
        chance.randbytes(40),
    )
    return chance.choice(ways)


def run(door: tuple[str, int], one: Session, chance: Random) -> Heard:
    """Send it all, and hear what comes until the shop hangs up or has nothing more to say."""
    begun = time.monotonic()
    raw = one.request.raw(chance).replace(b"\r\nConnection: close\r\n\r\n", b"\r\n\r\n")
    with socket.create_connection(door, timeout=PATIENCE) as line:
        line.settimeout(PATIENCE)
        head, rest = _handshake(line, raw)
        answer = wire.read(head, time.monotonic() - begun)
        if answer.status == 101:
            rest += _talk(line, one)
    return Heard(answer, *read(rest))


def _handshake(line: socket.socket, raw: bytes) -> tuple[bytes, bytes]:
    got = b""
    try:
        line.sendall(raw)
        while b"\r\n\r\n" not in got and (part := line.recv(65536)):
            got += part
    except OSError:
        pass
    head, end, rest = got.partition(b"\r\n\r\n")
    return (head + end, rest) if head.startswith(b"HTTP/1.1 101") else (got, b"")


def _talk(line: socket.socket, one: Session) -> bytes:
    got = b""
    try:
        for piece in [b"".join(one.sent)] if one.is_rapid else one.sent:
            line.sendall(piece)
            while select.select([line], [], [], 0)[0] and (part := line.recv(65536)):
                got += part
        while select.select([line], [], [], LISTENS)[0] and (part := line.recv(65536)):
            got += part
    except OSError:
        pass
    return got


def read(got: bytes) -> tuple[list[bytes], int]:
    """Messages that the shop sent, and the code of its goodbye."""
    messages: list[bytes] = []
    code = 0
    while len(got) >= 2:
        opcode, length, at = got[0] & 15, got[1] & 127, 2
        if length >= 126:
            wide = 2 if length == 126 else 8
            length, at = int.from_bytes(got[2 : 2 + wide]), 2 + wide
        content, got = got[at : at + length], got[at + length :]
        if opcode == TEXT and len(content) == length:
            messages.append(content)
        elif opcode == CLOSE and len(content) >= 2:
            code = int.from_bytes(content[:2])
    return messages, code


def is_message(content: bytes) -> bool:
    """Whether it is what the shop says: an object that has a type."""
    try:
        return isinstance(json.loads(content)["type"], str)
    except (ValueError, KeyError, TypeError):
        return False
