"""What waits for the shop itself, and for how long: numbers for whatever watches it. It only reads."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.apps import apps
from django.db.models import Count, Min
from django.utils import timezone

from orders.models import FeedEntry, Order
from orders.status import OrderStatus
from outbox.models import Queued

# Statuses that an order is to leave; in the others it may rest for ever.
PASSING = (OrderStatus.PENDING, OrderStatus.PAY_REQUIRED, OrderStatus.PAID, OrderStatus.REFUND)


class Waiting(NamedTuple):
    """How many wait, and for how many seconds the longest has."""

    rows: int
    seconds: float


def by_status() -> dict[OrderStatus, Waiting]:
    """Orders in statuses that they are to leave."""
    orders = Order.objects.order_by().filter(status__in=PASSING).values_list("status")
    counted = {
        status: (count, since)
        for status, count, since in orders.annotate(count=Count("*"), since=Min("status_since"))
    }
    return {status: _waiting(*counted.get(status, (0, None))) for status in PASSING}


def due() -> Iterator[tuple[str, Waiting]]:
    """For each kind of row that is a queue, by its table: those that are due and in no worker's hands."""
    now = timezone.now()
    for model in apps.get_models():
        if issubclass(model, Queued):
            ready = model._default_manager.order_by().filter(next_attempt_at__lte=now)
            found = ready.aggregate(count=Count("*"), since=Min("next_attempt_at"))
            yield model._meta.db_table, _waiting(found["count"], found["since"])


def without_position() -> int:
    """What happened and has no place in the feed yet."""
    return FeedEntry.objects.filter(position=None).count()


def _waiting(count: int, since: datetime | None) -> Waiting:
    return Waiting(count, max(0.0, (timezone.now() - since).total_seconds()) if since else 0.0)
