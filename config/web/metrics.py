"""Metrics for Prometheus: what waits, and for how long. Whoever asks has METRICS_TOKEN; without one there is no such page.

They are read from the database, so it does not matter which process is asked.
"""

from collections.abc import Iterable, Iterator

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from backups.models import moments
from orders.reports import attention, queue_lengths
from outbox import quiet


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


def _one(name: str, about: str, value: int) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"orderly_{name}", f"How many: {about}", value=value)


registry = CollectorRegistry()
registry.register(Business())


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """The text that Prometheus reads."""
    given = request.headers.get("Authorization", "")
    if not any(constant_time_compare(given, f"Bearer {token}") for token in settings.METRICS_TOKEN):
        raise Http404
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
