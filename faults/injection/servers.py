"""Faults in which a server lives and does not do its work: a table is locked, connections run out, lines are cut or slow."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import psycopg
from psycopg.sql import SQL, Identifier
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


# --- somebody else's session at PostgreSQL ---------------------------------------------------------------------------
@contextmanager
def deadlocks(database_url: str) -> Iterator[None]:
    """Inside somebody locks products in the wrong order, again and again, and is never the one who gives up."""
    with _again_and_again(lambda: _lock_backwards(database_url)):
        yield


def _lock_backwards(database_url: str) -> None:
    with psycopg.connect(database_url, connect_timeout=5) as connection:
        connection.execute("SET deadlock_timeout = '60s'")
        connection.execute("SET lock_timeout = '10s'")
        newest = "SELECT id FROM catalog_product WHERE sku LIKE 'PLENTY%' OR sku LIKE 'LITTLE%' ORDER BY id DESC LIMIT 5"
        for (product_id,) in connection.execute(newest).fetchall():
            connection.execute("SELECT 1 FROM catalog_product WHERE id = %s FOR UPDATE", [product_id])
            time.sleep(0.05)
        connection.rollback()


@contextmanager
def struck(database_url: str, how: str, which: float) -> Iterator[None]:
    """Inside a session after the other is ended (`terminate`), or its statement is (`cancel`)."""
    chance = random.Random(which)
    with _again_and_again(lambda: _strike(database_url, how, chance)):
        yield


def _strike(database_url: str, how: str, chance: random.Random) -> None:
    busy = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    if how == "cancel":
        busy += " AND state = 'active'"
    with psycopg.connect(database_url, connect_timeout=5, autocommit=True) as connection:
        for _time in range(20):
            if pids := [pid for (pid,) in connection.execute(busy).fetchall()]:
                strike = SQL("SELECT {}(%s)").format(Identifier(f"pg_{how}_backend"))
                connection.execute(strike, [chance.choice(pids)])
            time.sleep(chance.uniform(0.01, 0.2))


@contextmanager
def _again_and_again(act: Callable[[], None]) -> Iterator[None]:
    """In a thread, until the end; what the server refuses is tried again."""
    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            with suppress(psycopg.Error):
                act()
            over.wait(0.05)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(30)


def end_sessions(database_url: str) -> None:
    """End all sessions of the database but this one, so that who had one makes another."""
    with (
        suppress(psycopg.Error),
        psycopg.connect(database_url, connect_timeout=5, autocommit=True) as connection,
    ):
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def postgres_socket(database_url: str) -> Path:
    """Where a server of this machine listens."""
    asked = dict(parse_qsl(urlsplit(database_url).query))
    return Path(asked["host"]) / f".s.PGSQL.{asked.get('port', '5432')}"
