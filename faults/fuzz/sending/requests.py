"""A request as it goes over the wire, mostly well framed."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

# Whoever is written to is this machine: what the shop itself asks for later goes nowhere else.
ELSEWHERE = re.compile(
    rb"(https?(?::|%3A)(?:/|%2F){2})(?!127\.0\.0\.1|\[::1|example\.invalid)[A-Za-z0-9.-]+", re.IGNORECASE
)
HOME = rb"\g<1>127.0.0.1"


@dataclass
class Request:
    """`door` is where it goes in words, `who` sends it. Broken framing allows for no answer, or none of the shop's own."""

    who: str
    kind: str
    door: str
    method: str
    target: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    framing: str = ""

    @property
    def is_broken(self) -> bool:
        return bool(self.framing)

    def raw(self, chance: Random) -> bytes:
        """What is sent. Of a header that comes twice the first is ours and goes, as an odd one takes its place."""
        body = ELSEWHERE.sub(HOME, self.body)
        names = [name.lower() for name, _value in self.headers]
        headers = [one for nth, one in enumerate(self.headers) if one[0].lower() not in names[nth + 1 :]]
        if body or self.method in ("POST", "PUT", "PATCH"):
            headers.append(("Content-Length", str(len(body))))
        if "host" not in names:
            headers.insert(0, ("Host", "127.0.0.1"))
        headers.append(("Connection", "close"))
        whole = _head(self, headers) + body
        return FRAMINGS[self.framing](whole, chance) if self.framing else whole


def _head(request: Request, headers: list[tuple[str, str]]) -> bytes:
    lines = [f"{request.method} {request.target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n"


# --- framing -------------------------------------------------------------------------------------------------------
def _with_length(length: bytes) -> Callable[[bytes, Random], bytes]:
    def spoil(whole: bytes, _chance: Random) -> bytes:
        head, end, body = whole.partition(b"\r\n\r\n")
        head = re.sub(rb"\r\nContent-Length: \d+", b"", head)
        return head + b"\r\nContent-Length: " + length + end + body

    return spoil


def _cut(whole: bytes, chance: Random) -> bytes:
    return whole[: chance.randrange(1, len(whole))]


def _chunked(whole: bytes, chance: Random) -> bytes:
    head, end, body = whole.partition(b"\r\n\r\n")
    head = re.sub(rb"\r\nContent-Length: \d+", b"", head) + b"\r\nTransfer-Encoding: chunked"
    size = max(1, len(body) // 3)
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    sent = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    return (
        head
        + end
        + sent
        + chance.choice((b"0\r\n\r\n", b"0\r\n\r\n", b"0\r\nX-Odd: 1\r\n\r\n", b"zz\r\n", b"-1\r\n\r\n", b""))
    )


def _twice(whole: bytes, _chance: Random) -> bytes:
    return whole.replace(b"\r\nConnection: close", b"", 1) + whole


def _in_head(line: bytes) -> Callable[[bytes, Random], bytes]:
    return lambda whole, _chance: whole.replace(b"\r\n", b"\r\n" + line + b"\r\n", 1)


def _first_line(made: bytes) -> Callable[[bytes, Random], bytes]:
    return lambda whole, _chance: made + whole.partition(b"\r\n")[2]


def _noise(_whole: bytes, chance: Random) -> bytes:
    return chance.randbytes(chance.choice((3, 400))) + b"\r\n\r\n"


FRAMINGS: dict[str, Callable[[bytes, Random], bytes]] = {
    "longer": _with_length(b"99999"),
    "shorter": _with_length(b"1"),
    "negative": _with_length(b"-1"),
    "no number": _with_length(b"1e3"),
    "huge": _with_length(b"9" * 40),
    "two lengths": _in_head(b"Content-Length: 7"),
    "cut": _cut,
    "chunked": _chunked,
    "twice": _twice,
    "folded": _in_head(b"X-Odd: a\r\n b"),
    "no name": _in_head(b": a"),
    "sign in a name": _in_head(b"X O\x00d: a"),
    "long head": _in_head(b"X-Odd: " + b"a" * 70_000),
    "many heads": _in_head(b"\r\n".join(b"X-Odd-%d: 1" % nth for nth in range(2000))),
    "old": _first_line(b"GET / HTTP/1.0\r\n"),
    "no version": _first_line(b"GET /\r\n"),
    "other version": _first_line(b"GET / HTTP/9.9\r\n"),
    "whole address": _first_line(b"GET http://example.invalid/ HTTP/1.1\r\n"),
    "star": _first_line(b"OPTIONS * HTTP/1.1\r\n"),
    "bytes in the path": _first_line(b"GET /products/\xff\xfe/ HTTP/1.1\r\n"),
    "long path": _first_line(b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\n"),
    "noise": _noise,
}
