"""What needs a person now: orders, money, emails and stock that wait for staff. It only reads."""

from datetime import datetime, timedelta

from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils import timezone

from bulk.models import ExportJob, ImportJob
from orders.models import (
    Email,
    EmailKind,
    LedgerEntry,
    Order,
    ProviderEvent,
    Refund,
    WebhookDelivery,
    WebhookEndpoint,
)
from orders.reports.dates import today_began
from orders.status import OrderStatus
from outbox.queue import given_up

# After so long an event that is still due is more than a retry.
OVERDUE = timedelta(minutes=10)
# After so long staff should know of a refund that is still asked for.
LONG = timedelta(days=1)
MANY_ATTEMPTS = 3


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


def waiting_refunds(refunds: QuerySet[Refund] | None = None) -> QuerySet[Refund]:
    """Refunds that were asked for more than a day ago, and that the provider has neither done nor refused."""
    chosen = Refund.objects.all() if refunds is None else refunds
    return chosen.filter(next_attempt_at__isnull=False, asked_at__lt=timezone.now() - LONG)


def given_up_emails(emails: QuerySet[Email] | None = None) -> QuerySet[Email]:
    """Emails that were given up, except those about accounts, which can't be sent again."""
    chosen = Email.objects.all() if emails is None else emails
    return given_up(chosen).exclude(kind=EmailKind.ACCOUNT)


def failed_events(events: QuerySet[ProviderEvent] | None = None) -> QuerySet[ProviderEvent]:
    """What a provider told and the shop did not manage to act on."""
    chosen = ProviderEvent.objects.all() if events is None else events
    waiting = chosen.filter(next_attempt_at__isnull=False)
    return waiting.filter(Q(next_attempt_at__lt=timezone.now() - OVERDUE) | Q(attempts__gte=MANY_ATTEMPTS))


def dead_endpoints() -> QuerySet[WebhookEndpoint]:
    """Endpoints that were switched off after days of failures, and not switched on again."""
    return WebhookEndpoint.objects.filter(state=WebhookEndpoint.State.FAILED)


def given_up_deliveries() -> QuerySet[WebhookDelivery]:
    """Events that such an endpoint was owed: they are kept, and sent when it is switched on again."""
    return given_up(WebhookDelivery.objects.all())


def given_up_imports() -> QuerySet[ImportJob]:
    """Tables whose import stopped after several failures in a row."""
    return given_up(ImportJob.objects.all())


def given_up_exports() -> QuerySet[ExportJob]:
    """Tables that could not be written after several attempts."""
    return given_up(ExportJob.objects.all())
