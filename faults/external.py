"""Servers of somebody else in place of the shop's own: a database, numbers of a Redis and a queue that are the rig's alone.

What is made there is gone afterwards. Nothing else of these servers is touched, nor is what others do with them: faults that
would be theirs too are left out.
"""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from kombu import Connection, Queue
from psycopg.sql import SQL, Identifier
from redis import Redis

from benchmarks.shop import BenchFailed

# A shop takes so many numbers of a Redis, one after the other.
NUMBERS, HIGHEST = 4, 15


@contextmanager
def external(*, postgres: str = "", redis: str = "", broker: str = "") -> Iterator[dict[str, str]]:
    """The settings of a shop that uses these servers, each only if it is named."""
    name = f"orderly-faults-{secrets.token_hex(4)}"
    settings: dict[str, str] = {}
    with ExitStack() as made:
        if postgres:
            settings["DATABASE_URL"] = made.enter_context(_database(postgres, name))
        if redis:
            settings |= {"REDIS_URL": made.enter_context(_numbers(redis)), "CHANNEL_PREFIX": name}
        if broker:
            settings |= {"CELERY_BROKER_URL": broker, "CELERY_QUEUE": name}
            made.enter_context(_queue(broker, name))
        yield settings


@contextmanager
def _database(address: str, name: str) -> Iterator[str]:
    with psycopg.connect(address, autocommit=True, connect_timeout=5) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    try:
        yield urlunsplit(urlsplit(address)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(address, autocommit=True, connect_timeout=5) as connection:
            connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))


@contextmanager
def _numbers(address: str) -> Iterator[str]:
    """The highest ones that nobody has anything in. Raises BenchFailed."""
    base = address.rstrip("/")
    firsts = range(HIGHEST - NUMBERS + 1, 0, -1)
    first = next((first for first in firsts if not any(_sizes(base, first))), None)
    if first is None:
        raise BenchFailed(f"{base} has no {NUMBERS} databases after each other that are empty")
    try:
        yield f"{base}/{first}"
    finally:
        for number in range(first, first + NUMBERS):
            with Redis.from_url(f"{base}/{number}") as redis:
                redis.flushdb()


def _sizes(base: str, first: int) -> Iterator[int]:
    for number in range(first, first + NUMBERS):
        with Redis.from_url(f"{base}/{number}") as redis:
            yield int(redis.dbsize())


@contextmanager
def _queue(address: str, name: str) -> Iterator[None]:
    """Made by the workers; deleted when they are gone."""
    try:
        yield
    finally:
        with Connection(address) as connection:
            Queue(name, channel=connection.default_channel).delete()
