"""Redis as the shop asks it: one pool of connections per process, short waits, and a breaker in front.

An address of sentinels (config/addresses.py) leads to the master that they name whenever a connection is made.
"""

from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

from redis import ConnectionPool, Redis
from redis import asyncio as in_loop
from redis.asyncio import sentinel as sentinel_in_loop
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as NotReached
from redis.retry import Retry
from redis.sentinel import Sentinel, SentinelConnectionPool, SentinelManagedConnection
from redis.utils import SENTINEL as SENTINEL_TIMEOUT

from rest.breaker import Away, Breaker

SENTINEL = "sentinel"
SENTINEL_PORT = 26379
# Seconds that a sentinel may take: the next one is asked then.
SENTINEL_SECONDS = 0.5


class Guarded(Redis):
    """A Redis client whose every command passes the breaker."""

    breaker: Breaker

    def execute_command(self, *command: Any, **options: Any) -> Any:
        ask: Any = super().execute_command
        return self.breaker.call(lambda: ask(*command, **options))

    def pipeline(self, *given: Any, **options: Any) -> Any:
        if self.breaker.is_open:
            raise Away(f"{self.breaker.name} is away")
        return super().pipeline(*given, **options)


@cache
def client_of(address: str, name: str, seconds: float) -> Guarded:
    """This process's client of a Redis, as `name` in the log: `seconds` for a connection, and for each answer.

    Threads share its pool. A kept connection that broke is replaced once, at once; an answer that did not come is not
    asked for twice.
    """
    once_more = Retry(NoBackoff(), 1, supported_errors=(NotReached,))
    pool = pool_of(address, socket_connect_timeout=seconds, socket_timeout=seconds, retry=once_more)
    client = Guarded(connection_pool=pool)
    client.breaker = Breaker(name, Redis(connection_pool=pool).ping)
    return client


# --- addresses ---------------------------------------------------------------------------------------------------


def pool_of(address: str, **options: Any) -> ConnectionPool:
    """Connections to the server at the address, or to the master that sentinels name."""
    if not address.startswith(f"{SENTINEL}://"):
        return ConnectionPool.from_url(address, **options)
    nodes, master, of_master = _sentinels(address)
    asked = Sentinel(nodes, sentinel_kwargs=_patience())
    return SentinelConnectionPool(master, asked, connection_class=ToMaster, **of_master, **options)


def in_loop_of(address: str, **options: Any) -> "in_loop.Redis":
    """A client for an event loop; closing it closes its connections."""
    if not address.startswith(f"{SENTINEL}://"):
        return in_loop.Redis.from_url(address, **options)
    nodes, master, of_master = _sentinels(address)
    asked = sentinel_in_loop.Sentinel(nodes, sentinel_kwargs=_patience())
    pool = sentinel_in_loop.SentinelConnectionPool(master, asked, **of_master, **options)
    return in_loop.Redis.from_pool(pool)


class ToMaster(SentinelManagedConnection):
    """A connection that is given up when an answer does not come, as others are.

    Its base goes on with it, and whoever asks next gets that answer for their own: another customer's preview.
    """

    def read_response(
        self,
        disable_decoding: Any = False,  # noqa: FBT002 as its base has it
        *,
        timeout: Any = SENTINEL_TIMEOUT,
        disconnect_on_error: bool | None = True,
        push_request: bool | None = False,
    ) -> Any:
        how = {"timeout": timeout, "disconnect_on_error": disconnect_on_error, "push_request": push_request}
        return super().read_response(disable_decoding, **how)


def sentinels_of(netloc: str) -> list[tuple[str, int]]:
    """Hosts and ports of `user:password@one:26379,two`."""
    hosts = netloc.rpartition("@")[2].split(",")
    pairs = (
        host.rpartition(":") if host.rpartition(":")[2].isdecimal() else (host, "", "") for host in hosts
    )
    return [(name.strip("[]"), int(port or SENTINEL_PORT)) for name, _colon, port in pairs]


def _sentinels(address: str) -> tuple[list[tuple[str, int]], str, dict[str, Any]]:
    """Where they are, what they call the master, and how to enter there."""
    parts = urlsplit(address)
    master, _slash, number = parts.path.removeprefix("/").partition("/")
    user, _colon, password = parts.netloc.rpartition("@")[0].partition(":")
    entry: dict[str, Any] = {"db": int(number or 0)}
    entry |= {name: unquote(said) for name, said in (("username", user), ("password", password)) if said}
    return sentinels_of(parts.netloc), master, entry


def _patience() -> dict[str, float]:
    return {"socket_connect_timeout": SENTINEL_SECONDS, "socket_timeout": SENTINEL_SECONDS}
