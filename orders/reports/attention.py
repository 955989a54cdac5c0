"""What needs a person now: orders, money, mails and shelves that wait for somebody. It only reads."""

from datetime import datetime, timedelta

from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils import timezone

from orders.models import (
    LedgerEntry,
    Mail,
    Order,
    ProviderEvent,
    Refund,
    WebhookDelivery,
    WebhookEndpoint,
)
from orders.reports.dates import today_began
from orders.status import OrderStatus

# An event that was to be acted on so long ago is not only being tried again.
OVERDUE = timedelta(minutes=10)
MANY_TRIES = 3


def waiting_to_be_done() -> QuerySet[Order]:
    """Paid orders, which staff have to pack."""
    return Order.objects.filter(status=OrderStatus.PAID)


def oldest(orders: QuerySet[Order]) -> datetime | None:
    """Since when the oldest of these has been waiting."""
    since: datetime | None = orders.order_by().aggregate(since=Min("status_since"))["since"]
    return since


def not_confirmed_today() -> QuerySet[Order]:
    """Orders that ended without their numbers since midnight: their customers went away empty-handed."""
    return Order.objects.filter(status=OrderStatus.NOT_CONFIRMED, status_since__gte=today_began())


def refused_refunds(refunds: QuerySet[Refund] | None = None) -> QuerySet[Refund]:
    """Refused refunds that staff have neither tried anew nor settled, and that were not made at the provider."""
    chosen = Refund.objects.all() if refunds is None else refunds
    later = Refund.objects.filter(capture=OuterRef("capture"), attempt__gt=OuterRef("attempt"))
    returns = LedgerEntry.objects.filter(capture=OuterRef("capture")).order_by().values("capture")
    returned = Subquery(returns.annotate(sum=Sum("amount")).values("sum"))
    refused = chosen.filter(~Exists(later), state=Refund.State.REFUSED)
    is_left = Q(returned=None) | Q(returned__lt=F("capture__amount"))
    return refused.alias(returned=returned).filter(is_left)


def given_up_mails() -> QuerySet[Mail]:
    """Mails that no customer got and nobody tries to send any more; those of closed accounts have nobody to go to."""
    return Mail.objects.filter(sent_at__isnull=True, next_attempt_at__isnull=True).exclude(to="")


def failed_events(events: QuerySet[ProviderEvent] | None = None) -> QuerySet[ProviderEvent]:
    """What a provider told and the shop did not manage to act on."""
    chosen = ProviderEvent.objects.all() if events is None else events
    waiting = chosen.filter(acted_at__isnull=True)
    return waiting.filter(next_try_at__lt=timezone.now() - OVERDUE) | waiting.filter(tries__gte=MANY_TRIES)


def dead_endpoints() -> QuerySet[WebhookEndpoint]:
    """Endpoints that were switched off after days of failures, and that nobody switched on again."""
    return WebhookEndpoint.objects.filter(state=WebhookEndpoint.State.FAILED)


def given_up_deliveries(deliveries: QuerySet[WebhookDelivery] | None = None) -> QuerySet[WebhookDelivery]:
    """Events that are owed to such an endpoint: they are kept, and nobody sends them any more."""
    chosen = WebhookDelivery.objects.all() if deliveries is None else deliveries
    return chosen.filter(state=WebhookDelivery.State.WAITING, endpoint__in=dead_endpoints().order_by())
