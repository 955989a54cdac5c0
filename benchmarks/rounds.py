"""How much is measured, what comes of it, and how it is waited for."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from django.utils import timezone

from benchmarks.shop import BenchFailed, Shop
from orders.models import Email, FeedEntry

PATIENCE = 600


@dataclass(frozen=True)
class Size:
    """How much of everything: rounds, and orders in each."""

    rounds: int
    complete: int
    placing: int
    hot: int
    # Of pgbench, for each of its runs; none where nothing is compared.
    transactions: int
    # Orders that wait when a worker begins to confirm them.
    backlog: int
    # Orders of which each is told to its customer's socket.
    told: int
    # Sockets that hear the same order.
    listeners: int
    # Orders that the shop is filled with, to compare reads before and after; none where they are not compared.
    rows: int
    # Seconds in which nobody asks for anything.
    rest: int


FULL = Size(
    rounds=3,
    complete=160,
    placing=320,
    hot=320,
    transactions=1600,
    backlog=20_000,
    told=40,
    listeners=5000,
    rows=100_000,
    rest=60,
)
QUICK = Size(
    rounds=1,
    complete=16,
    placing=32,
    hot=32,
    transactions=0,
    backlog=0,
    told=2,
    listeners=20,
    rows=0,
    rest=5,
)


@dataclass
class Round:
    """One run of one measure. CPU in milliseconds for each order, by process kind."""

    rate: float
    cpu: dict[str, float]
    limit: float | None = None
    seconds: dict[str, list[float]] = field(default_factory=dict)
    own_cpu: float = 0.0


@dataclass(frozen=True)
class Finding:
    """What is no rate of orders: how much of what, and how much of it there may be at most."""

    what: str
    value: float
    unit: str
    at_most: float | None = None


def spent_since(before: dict[str, float], shop: Shop, orders: int) -> dict[str, float]:
    """Milliseconds of CPU for each of so many orders, by process kind."""
    now = shop.used()
    return {kind: 1000 * (seconds - before[kind]) / orders for kind, seconds in now.items()}


def settle() -> None:
    """Wait until the emails are sent and all that happened is in the feed: they belong to the order's cost."""
    due = Email.objects.filter(next_attempt_at__lte=timezone.now())
    waiting = FeedEntry.objects.filter(position__isnull=True)
    wait_until(lambda: not due.exists() and not waiting.exists(), "emails or the feed are not done")


def wait_until(is_so: Callable[[], bool], complaint: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > deadline:
            raise BenchFailed(complaint)
        time.sleep(0.05)


def median(values: list[float]) -> float:
    return statistics.median(values) if values else 0.0


def percentile(values: list[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
