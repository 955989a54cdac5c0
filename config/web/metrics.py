"""Metrics for Prometheus: what waits, and for how long. Whoever asks has METRICS_TOKEN; without one there is no such page.

They are read from the database, so it does not matter which process is asked. What a process itself does it tells on a port
of its own (config/measures/).
"""

from collections.abc import Iterable, Iterator

from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from backups.models import moments
from config.measures.server import may_read
from orders.audit import runs
from orders.reports import attention, queue_lengths
from outbox import quiet

# The rest of what is listed are processes of the server's own.
CONNECTIONS = """
SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
"""


class Business(Collector):
    """Read anew each time that they are asked for."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield from _pairs(
            "orders", "status", "orders in a status that they are to leave", queue_lengths.by_status().items()
        )
        yield from _pairs("due", "queue", "rows that are due and in no worker's hands", queue_lengths.due())
        yield _one(
            "feed_lag", "what happened and has no place in the feed yet", queue_lengths.without_position()
        )
        yield _backups()
        yield from _audit()
        yield from _connections()
        quiet_since = quiet.since()
        yield _one("quiet", "restored shops that are not released", int(quiet_since is not None))
        silent = attention.silent_providers().count()
        yield _one("silent_providers", "payment providers that do not answer", silent)


def _pairs(
    name: str, label: str, about: str, found: Iterable[tuple[str, queue_lengths.Waiting]]
) -> Iterator[GaugeMetricFamily]:
    count = GaugeMetricFamily(f"orderly_{name}", f"How many {about}", labels=[label])
    oldest = GaugeMetricFamily(
        f"orderly_{name}_oldest_seconds", f"The longest wait of {about}", labels=[label]
    )
    for value, each in found:
        count.add_metric([str(value)], each.rows)
        oldest.add_metric([str(value)], each.seconds)
    yield from (count, oldest)


def _backups() -> GaugeMetricFamily:
    """By kind, of what moment the newest that went well is; one that never was is not there."""
    found = GaugeMetricFamily(
        "orderly_backup_as_of_seconds",
        "The moment that the newest good backup is of, Unix time",
        labels=["kind"],
    )
    for kind, as_of in moments().items():
        found.add_metric([kind], as_of.timestamp())
    return found


def _audit() -> Iterator[GaugeMetricFamily]:
    """Of the newest audit; nothing of a shop that never had one."""
    if (run := runs.last()) is None:
        return
    yield _number("audit_ended_seconds", "When the newest audit ended, Unix time", run.ended_at.timestamp())
    yield _number("audit_findings", "How many things did not add up then", run.findings)
    yield _number("audit_seconds", "How long it took", run.seconds)


def _connections() -> Iterator[GaugeMetricFamily]:
    """Of the database itself: those of all who use it, and how many it takes."""
    with connection.cursor() as cursor:
        cursor.execute(CONNECTIONS)
        used, most = cursor.fetchone()
    yield _number("database_server_connections", "Connections that the database has, of all who use it", used)
    yield _number("database_server_connections_max", "How many it takes", most)


def _number(name: str, about: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"orderly_{name}", about, value=value)


def _one(name: str, about: str, value: int) -> GaugeMetricFamily:
    return _number(name, f"How many: {about}", value)


registry = CollectorRegistry()
registry.register(Business())


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """The text that Prometheus reads."""
    if not may_read(request.headers.get("Authorization", "")):
        raise Http404
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
