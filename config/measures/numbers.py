"""What this process counts and times. Each process tells its own, so nothing is shared, and one that ends leaves nothing."""

from collections.abc import Iterator

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from database import connections
from orders.live.hub import open_sockets

# Seconds: of an answer, of the wait for a thread, and of a round, which may have much to do.
ANSWER = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
WAIT = (0.001, 0.01, 0.1, 0.5, 1.0, 5.0, 30.0)
ROUND = (0.005, 0.05, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0)

# When each was first counted nobody asks, and it would be a line for each of them.
disable_created_metrics()  # type: ignore[no-untyped-call]  # it has no types
registry = CollectorRegistry()
ProcessCollector(registry=registry)

requests = Counter("orderly_requests", "Requests that were answered", ["view", "status"], registry=registry)
request_seconds = Histogram(
    "orderly_request_seconds",
    "How long a thread had a request",
    ["view"],
    buckets=ANSWER,
    registry=registry,
)
wait_seconds = Histogram(
    "orderly_thread_wait_seconds",
    "How long a request waited for a thread",
    buckets=WAIT,
    registry=registry,
)
threads = Gauge("orderly_threads", "Threads for pages and API", registry=registry)
threads_busy = Gauge("orderly_threads_busy", "Those of them that have a request", registry=registry)
requests_waiting = Gauge(
    "orderly_requests_waiting", "Requests that are here and have no thread yet", registry=registry
)
round_seconds = Histogram(
    "orderly_round_seconds",
    "How long a round of this worker took",
    ["round"],
    buckets=ROUND,
    registry=registry,
)
round_ended = Gauge(
    "orderly_round_ended_seconds",
    "When a round of this worker ended well last, Unix time",
    ["round"],
    registry=registry,
)
round_failures = Counter(
    "orderly_round_failures", "Rounds of this worker that failed", ["round"], registry=registry
)


class Held(Collector):
    """What this process holds open, counted when somebody asks."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        sockets = GaugeMetricFamily("orderly_sockets", "Open WebSockets", labels=["kind"])
        for kind, count in open_sockets().items():
            sockets.add_metric([kind], count)
        yield sockets
        held = GaugeMetricFamily(
            "orderly_database_connections", "Connections to the database", labels=["state"]
        )
        for state, count in connections.counted().items():
            held.add_metric([state], count)
        yield held


registry.register(Held())
