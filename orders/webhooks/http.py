"""Sends one request to an address that a customer named, and to no place that the shop alone can reach.

The name is looked up once; every address it has is checked, and the connection goes to the very one that was checked:
what the name says a moment later does not matter. Redirects are not followed, and proxies are not asked.
"""

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent import futures
from contextlib import contextmanager
from functools import cache
from http import client
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings

from orders.models import Failure

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# How much of an answer is read, bytes, and stored, characters.
MAX_READ_BYTES, MAX_STORED_CHARACTERS = 64 * 1024, 500
MAX_URL_LENGTH = 500
# Below 1024 only these: nothing else that listens there speaks HTTP, and some of it could be talked into something.
USUAL_PORTS = {"https": 443, "http": 80}
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
# Set aside by IANA, though Python's list (another one in each version) takes parts of them for public: protocols, the
# relays of 6to4, ORCHID and benchmarks, documentation. Teredo is among them, whose relays are gone.
SET_ASIDE = [
    ipaddress.ip_network(name) for name in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "3fff::/20")
]
NAT64 = ipaddress.ip_network("64:ff9b::/96")
# A look-up can't be broken off; these threads wait for it, so that no other does. Twice as many as look-ups may be waited
# for at one moment, since those that were given up go on for a while.
_looking_up = futures.ThreadPoolExecutor(128, "look-ups")
# So many threads of a web process may wait for look-ups of addresses that customers enter, and so many seconds: a name
# server may be as slow as it likes, and the other threads have pages to show.
_checks = threading.BoundedSemaphore(2)
SECONDS_FOR_A_TURN, MAX_SECONDS_OF_CHECK, MIN_SECONDS_OF_REFUSAL = 0.25, 2.0, 0.25


class TargetRefused(Exception):
    """Nothing is sent there. `failure` says why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.value)
        self.failure = failure


class Target(NamedTuple):
    """An address taken apart; the request is made of these parts, never of the text that was typed."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host and port, as the header Host has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == USUAL_PORTS[self.scheme] else f"{host}:{self.port}"


class Answer(NamedTuple):
    """What came of a request: no failure is a 2xx. `text` is the beginning of the body."""

    failure: Failure | None
    status: int | None = None
    text: str = ""


def check(url: str, *, may_be_private: bool) -> None:
    """Raise TargetRefused unless something could be sent there now.

    A refused name is refused no sooner than MIN_SECONDS_OF_REFUSAL: a name that the shop's own network knows is looked up
    faster than one that nobody knows.
    """
    target, began = read(url), time.monotonic()
    if not _checks.acquire(timeout=SECONDS_FOR_A_TURN):
        raise TargetRefused(Failure.TIMEOUT)
    try:
        _addresses(target, began + MAX_SECONDS_OF_CHECK, may_be_private=may_be_private)
    except TargetRefused:
        time.sleep(max(began + MIN_SECONDS_OF_REFUSAL - time.monotonic(), 0))
        raise
    finally:
        _checks.release()


def post(*, url: str, body: bytes, headers: Mapping[str, str], may_be_private: bool = False) -> Answer:
    """Send a body, and say what came of it within WEBHOOK_TIMEOUT seconds, all in all. Raises nothing expected.

    An answer that has not come whole by then, or to its first MAX_READ_BYTES, is a failure, whatever its status.
    """
    deadline = time.monotonic() + settings.WEBHOOK_TIMEOUT
    try:
        target = read(url)
        addresses = _addresses(target, deadline, may_be_private=may_be_private)
        line = _connect(addresses, target.port, deadline)
        with line, _cut_off_at(deadline, line):
            answer = _exchange(target, line, body, headers)
            return answer._replace(failure=Failure.TIMEOUT) if time.monotonic() >= deadline else answer
    except TargetRefused as refused:
        return Answer(refused.failure)
    except ssl.SSLCertVerificationError:
        return Answer(Failure.CERTIFICATE)
    except (OSError, client.HTTPException) as error:
        late = isinstance(error, TimeoutError) or time.monotonic() >= deadline
        return Answer(Failure.TIMEOUT if late else Failure.BROKEN)


# --- where it goes -------------------------------------------------------------------------------------------------


def read(url: str) -> Target:
    """An address in its parts. Raises TargetRefused for what is no plain http(s) address."""
    if len(url) > MAX_URL_LENGTH or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise TargetRefused(Failure.MALFORMED)
    try:
        parts = urlsplit(url)
        usual = USUAL_PORTS[parts.scheme]
        port = usual if parts.port is None else parts.port
        host = (parts.hostname or "").rstrip(".").encode("idna").decode()
    except (ValueError, KeyError):
        raise TargetRefused(Failure.MALFORMED) from None
    is_plain = "@" not in parts.netloc and not parts.fragment and "%" not in host
    if not host or not is_plain or (port < 1024 and port not in USUAL_PORTS.values()):
        raise TargetRefused(Failure.MALFORMED)
    return Target(parts.scheme, host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def _addresses(target: Target, deadline: float, *, may_be_private: bool) -> list[Address]:
    """Every address of the target's name, if all may be reached; one forbidden address refuses them all.

    A name that only the shop's own network knows is refused like one that nobody knows, for else this would tell them apart.
    """
    addresses = _look_up(target, deadline)
    private = [address for address in addresses if _is_ours(address, may_be_private=may_be_private)]
    if not all(address in private or _is_public(address) for address in addresses):
        raise TargetRefused(Failure.FORBIDDEN if _is_literal(target.host) else Failure.UNKNOWN_NAME)
    if target.scheme != "https" and private != addresses:
        raise TargetRefused(Failure.NOT_HTTPS)
    return addresses


def _look_up(target: Target, deadline: float) -> list[Address]:
    asked = _looking_up.submit(ask_resolver, target.host, target.port)
    try:
        found = asked.result(max(deadline - time.monotonic(), 0))
    except TimeoutError:
        asked.cancel()  # if it still waits for its turn
        raise TargetRefused(Failure.TIMEOUT) from None
    except (OSError, UnicodeError):
        raise TargetRefused(Failure.UNKNOWN_NAME) from None
    try:
        return [ipaddress.ip_address(address) for address in dict.fromkeys(found)]
    except ValueError:
        # A scoped address, such as fe80::1%eth0.
        raise TargetRefused(Failure.UNKNOWN_NAME) from None


def ask_resolver(host: str, port: int) -> list[str]:
    """The addresses of a name, in the order to try them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(place[0]) for *_kind, place in found]


def _is_literal(host: str) -> bool:
    """Whether a host is an address, and no name: nothing has to be looked up."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_ours(address: Address, *, may_be_private: bool) -> bool:
    """Whether the shop's owner lets it be reached though it is not public: by the webhooks of staff alone."""
    return may_be_private and any(address in network for network in settings.WEBHOOK_PRIVATE_TARGETS)


def _is_public(address: Address) -> bool:
    """Whether the whole internet can reach it; what carries another address within itself is judged by that too."""
    if any(address in network for network in SET_ASIDE):
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not address.is_multicast and not address.is_reserved
    inner = _inside(address)
    if not all(_is_public(one) for one in inner):
        return False
    return bool(inner) or (address in GLOBAL_UNICAST and address.is_global)


def _inside(address: ipaddress.IPv6Address) -> list[ipaddress.IPv4Address]:
    """IPv4 addresses that an IPv6 one leads to: mapped, NAT64, 6to4."""
    if address in NAT64:
        return [ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)]
    return [one for one in (address.ipv4_mapped, address.sixtofour) if one]


# --- on the wire ---------------------------------------------------------------------------------------------------


def _connect(addresses: list[Address], port: int, deadline: float) -> socket.socket:
    """A connection to the first of these addresses that takes one."""
    for address in addresses:
        if (left := deadline - time.monotonic()) <= 0:
            raise TargetRefused(Failure.TIMEOUT)
        try:
            return socket.create_connection((str(address), port), left)
        except TimeoutError:
            raise TargetRefused(Failure.TIMEOUT) from None
        except OSError:
            continue
    raise TargetRefused(Failure.UNREACHABLE)


def _exchange(target: Target, line: socket.socket, body: bytes, headers: Mapping[str, str]) -> Answer:
    if target.scheme == "https":
        line = _tls().wrap_socket(line, server_hostname=target.host)
    connection = client.HTTPConnection(target.host, target.port)
    connection.sock = line  # it is connected already, to the address that was checked
    with line:
        said = {**headers, "Host": target.authority, "Connection": "close"}
        connection.request("POST", target.path, body, said)
        answer = connection.getresponse()
        return _judge(answer.status, *_beginning(answer))


def _beginning(answer: client.HTTPResponse) -> tuple[str, bool]:
    """The beginning of a body as text, and whether it was broken off: its sender died over it, perhaps."""
    read, is_broken = b"", False
    try:
        while len(read) < MAX_READ_BYTES and (piece := answer.read1(MAX_READ_BYTES - len(read))):
            read += piece
    except (OSError, client.HTTPException):
        is_broken = True
    is_broken = is_broken or bool(answer.length and len(read) < MAX_READ_BYTES)
    return read.decode(errors="replace").replace("\0", "")[:MAX_STORED_CHARACTERS], is_broken


def _judge(status: int, text: str, is_broken: bool) -> Answer:  # noqa: FBT001 it comes with the text
    if 200 <= status < 300:
        return Answer(Failure.BROKEN if is_broken else None, status, text)
    return Answer(Failure.REDIRECT if 300 <= status < 400 else Failure.STATUS, status, text)


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


@contextmanager
def _cut_off_at(deadline: float, line: socket.socket) -> Iterator[None]:
    """End the connection at the deadline: a socket's own timeout begins anew with each byte that drips in."""
    # A second handle, since TLS takes the first one away.
    handle = line.dup()
    timer = threading.Timer(max(deadline - time.monotonic(), 0), _cut_off, [handle])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        handle.close()


def _cut_off(handle: socket.socket) -> None:
    try:
        handle.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it has ended by itself
