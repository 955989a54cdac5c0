"""Faults in which a server lives and does not do its work: a table is locked, connections run out, lines are cut or slow."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from redis import Redis
from redis.exceptions import RedisError

# Locked in turn: what every page reads, what placing writes, what tells of it.
TABLES = ("orders_order", "catalog_product", "orders_statuschange")
# More than the server takes.
MANY = 300


@contextmanager
def locked_table(database_url: str, which: float) -> Iterator[str]:
    """Nobody reads or writes it inside. Where the lock can't be had there is no fault."""
    table = TABLES[int(which * len(TABLES))]
    with ExitStack() as stack:
        with suppress(psycopg.Error):
            connection = stack.enter_context(psycopg.connect(database_url, connect_timeout=5))
            connection.execute("SET lock_timeout = '5s'")
            connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield table


@contextmanager
def all_connections(database_url: str) -> Iterator[int]:
    """Inside no other connection can be made; those that there are stay."""
    taken: list[psycopg.Connection[Any]] = []
    with suppress(psycopg.Error):
        while len(taken) < MANY:
            taken.append(psycopg.connect(database_url, connect_timeout=5))
    try:
        yield len(taken)
    finally:
        for connection in taken:
            connection.close()


def cut_lines(redis_url: str) -> None:
    """End all connections to Valkey, as a network does: those of clients and of listeners."""
    with suppress(RedisError), Redis.from_url(redis_url, socket_timeout=2) as redis:
        for kind in ("pubsub", "normal"):
            redis.client_kill_filter(_type=kind, skipme=True)


def socket_of(redis_url: str) -> Path:
    return Path(urlsplit(redis_url).path)
