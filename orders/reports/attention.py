"""What needs a person now: orders, money, emails and stock that wait for staff. It only reads."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Case, Exists, F, Min, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from bulk.models import ExportJob, ImportJob
from orders.models import (
    BACK_BY_HAND,
    FOREIGN,
    AuditRun,
    BankEntry,
    ChangeRequest,
    Dispute,
    Email,
    EmailKind,
    EmailReport,
    LedgerEntry,
    MoneyMismatch,
    Order,
    Payment,
    PaymentStatus,
    Payout,
    ProviderEvent,
    ProviderOutage,
    Reconciliation,
    Refund,
    RefundRequest,
    WebhookDelivery,
    WebhookEndpoint,
)
from orders.reports.dates import today_began
from orders.status import OrderStatus
from outbox.queue import given_up

# After so long an event that is still due is more than a retry.
OVERDUE = timedelta(minutes=10)
# An order is confirmed within seconds, and without hints by the next sweep.
PENDING_LONG = timedelta(minutes=2)
# After so long staff should know of a refund that is still asked for.
LONG = timedelta(days=1)
MANY_ATTEMPTS = 3
# Banks take some days for some payments.
VERY_LONG = timedelta(days=7)
# What is noted of a refund that the provider has taken on, and of one that waits for somebody (orders/payments/refunds.py).
PENDING = "on its way at the provider"
NEEDS_ACTION = "the provider waits for the customer, or for the shop, to do something"
# So long money in another currency is shown on the first page.
FOREIGN_SEEN = timedelta(days=14)
# Webhooks come within seconds; one of which nothing is heard for so long has not come. Looked at are the last days.
WEBHOOK_LATE, WEBHOOKS_SEEN = timedelta(hours=1), timedelta(days=3)
# A process that waits for a provider says so every few seconds; one that died says nothing any more.
# So long a payout that does not add up is a matter.
UNEVEN_SEEN = timedelta(days=30)
OUTAGE_SEEN = timedelta(minutes=1)


def waiting_to_be_done() -> QuerySet[Order]:
    """Paid orders, which staff have to pack."""
    return Order.objects.filter(status=OrderStatus.PAID)


def oldest(orders: QuerySet[Order]) -> datetime | None:
    """Since when the oldest of these has been waiting."""
    since: datetime | None = orders.order_by().aggregate(since=Min("status_since"))["since"]
    return since


def pending_too_long() -> QuerySet[Order]:
    """Orders that were placed minutes ago and not confirmed: the workers don't get on."""
    return Order.objects.filter(status=OrderStatus.PENDING, status_since__lt=pending_since())


def pending_since() -> datetime:
    """From then on an order may be pending."""
    since: datetime = timezone.now() - PENDING_LONG
    return since


def not_confirmed_today() -> QuerySet[Order]:
    """Orders that ended without their numbers since midnight: their customers went away empty-handed."""
    return Order.objects.filter(status=OrderStatus.NOT_CONFIRMED, status_since__gte=today_began())


def refused_refunds(refunds: QuerySet[Refund] | None = None) -> QuerySet[Refund]:
    """Refused refunds that staff have neither tried anew nor settled, and that were not made at the provider."""
    chosen = Refund.objects.all() if refunds is None else refunds
    later = Refund.objects.filter(capture=OuterRef("capture"), attempt__gt=OuterRef("attempt"))
    parts = Refund.Cause.CHANGE
    # Each change's attempts are by themselves, and so are those that return all that is left.
    of_change = Q(~Exists(later.filter(change=OuterRef("change"))), cause=parts)
    of_all = Q(~Q(cause=parts), ~Exists(later.exclude(cause=parts)))
    going = Refund.objects.filter(
        capture=OuterRef("capture"), state__in=[Refund.State.ASKED, Refund.State.DONE]
    )
    ours = Subquery(going.order_by().values("capture").annotate(sum=Sum("amount")).values("sum"))
    returns = LedgerEntry.objects.filter(capture=OuterRef("capture")).order_by().values("capture")
    amount = Case(When(kind=LedgerEntry.Kind.REFUNDED, then="amount"), default=-F("amount"))
    returned = Subquery(returns.annotate(sum=Sum(amount)).values("sum"))
    refused = chosen.filter(of_change | of_all, state=Refund.State.REFUSED)
    gone = Coalesce(returned, Decimal(0)) + Coalesce(ours, Decimal(0))
    return refused.alias(gone=gone).filter(gone__lt=F("capture__amount"))


def waiting_refunds(refunds: QuerySet[Refund] | None = None) -> QuerySet[Refund]:
    """Refunds that hang: asked for more than a day ago, or their provider wants something or can't be asked.

    It can't be asked with a key that was revoked, or if it was taken out of the settings.
    """
    chosen = Refund.objects.all() if refunds is None else refunds
    is_long = Q(asked_at__lt=timezone.now() - LONG)
    is_unheard = Q(attempts__gte=MANY_ATTEMPTS) & ~Q(failure=PENDING)
    hanging = is_long | is_unheard | Q(failure=NEEDS_ACTION)
    return chosen.filter(hanging, next_attempt_at__isnull=False).exclude(payment__variant__in=BACK_BY_HAND)


def refunds_by_hand(refunds: QuerySet[Refund] | None = None) -> QuerySet[Refund]:
    """Money that came by transfer or in cash, and that staff have to give back."""
    chosen = Refund.objects.all() if refunds is None else refunds
    return chosen.filter(next_attempt_at__isnull=False, payment__variant__in=BACK_BY_HAND)


def sent_unpaid() -> QuerySet[Order]:
    """Orders that left for cash, whose courier should have brought it: they end when staff note it, or cancel them."""
    waiting = Order.objects.filter(status=OrderStatus.PAY_REQUIRED, packed_at__isnull=False)
    return waiting.filter(pay_by__lt=timezone.now())


def open_bank_entries() -> QuerySet[BankEntry]:
    """Money on the bank account that pays no order that anybody knows of."""
    return BankEntry.objects.filter(state=BankEntry.State.OPEN)


def slow_payments(payments: QuerySet[Payment] | None = None) -> QuerySet[Payment]:
    """Payments that are on their way for so long that somebody should ask the bank; their orders hold their stock."""
    chosen = Payment.objects.all() if payments is None else payments
    return chosen.filter(status=PaymentStatus.PREAUTH, created__lt=timezone.now() - VERY_LONG)


def given_up_emails(emails: QuerySet[Email] | None = None) -> QuerySet[Email]:
    """Emails that were given up, except those about accounts, which can't be sent again."""
    chosen = Email.objects.all() if emails is None else emails
    return given_up(chosen).exclude(kind=EmailKind.ACCOUNT)


def returned_emails(emails: QuerySet[Email] | None = None) -> QuerySet[Email]:
    """Emails that came back, were refused or complained about, and that nobody has seen to."""
    chosen = Email.objects.all() if emails is None else emails
    return chosen.filter(
        pk__in=EmailReport.objects.filter(settled_at=None, email__isnull=False).values("email")
    )


def open_disputes(disputes: QuerySet[Dispute] | None = None) -> QuerySet[Dispute]:
    """Disputes whose end nobody knows yet; the provider takes evidence for a time."""
    chosen = Dispute.objects.all() if disputes is None else disputes
    return chosen.filter(state=Dispute.State.OPEN)


def open_refund_requests() -> QuerySet[RefundRequest]:
    """Customers who want their money back, and wait for an answer."""
    return RefundRequest.objects.filter(state=RefundRequest.State.OPEN)


def open_change_requests() -> QuerySet[ChangeRequest]:
    """Customers who want to cancel a part, to return or to withdraw, and wait for an answer."""
    return ChangeRequest.objects.filter(state=ChangeRequest.State.OPEN)


def failed_events(events: QuerySet[ProviderEvent] | None = None) -> QuerySet[ProviderEvent]:
    """What a provider told and the shop did not manage to act on."""
    chosen = ProviderEvent.objects.all() if events is None else events
    waiting = chosen.filter(next_attempt_at__isnull=False)
    return waiting.filter(Q(next_attempt_at__lt=timezone.now() - OVERDUE) | Q(attempts__gte=MANY_ATTEMPTS))


def unheard_payments(events: QuerySet[ProviderEvent] | None = None) -> QuerySet[ProviderEvent]:
    """Captures of the last days that the shop knows by asking alone, and about that time no webhook came from the provider.

    What a webhook told has its body.
    """
    chosen = ProviderEvent.objects.all() if events is None else events
    now = timezone.now()
    captured = {"notification__kind": "captured", "received_at__gt": now - WEBHOOKS_SEEN}
    told = ProviderEvent.objects.filter(
        ~Q(body=""), variant=OuterRef("variant"), received_at__gt=OuterRef("received_at") - WEBHOOK_LATE
    )
    told = told.filter(received_at__lt=OuterRef("received_at") + WEBHOOK_LATE)
    asked = chosen.filter(**captured, body="", received_at__lt=now - WEBHOOK_LATE).exclude(variant="demo")
    return asked.filter(~Exists(told))


def foreign_money(events: QuerySet[ProviderEvent] | None = None) -> QuerySet[ProviderEvent]:
    """Captures in another currency than their payment's: they are not booked, so somebody has to see to them."""
    chosen = ProviderEvent.objects.all() if events is None else events
    return chosen.filter(remark=FOREIGN, received_at__gt=timezone.now() - FOREIGN_SEEN)


def other_versions(events: QuerySet[ProviderEvent] | None = None) -> QuerySet[ProviderEvent]:
    """Webhooks of the last days in another version of the provider's API than the shop is written for.

    They count until one in the right version has come: the endpoint was put right.
    """
    chosen = ProviderEvent.objects.all() if events is None else events
    right = ProviderEvent.objects.filter(~Q(body=""), variant=OuterRef("variant"), api_version="")
    later = right.filter(received_at__gt=OuterRef("received_at"))
    seen = chosen.filter(~Q(api_version=""), received_at__gt=timezone.now() - WEBHOOKS_SEEN)
    return seen.filter(~Exists(later))


def open_mismatches() -> QuerySet[MoneyMismatch]:
    """Amounts that the ledger and the provider do not both have."""
    return MoneyMismatch.objects.filter(state=MoneyMismatch.State.OPEN)


def hanging_reconciliations(rows: QuerySet[Reconciliation] | None = None) -> QuerySet[Reconciliation]:
    """Comparisons that could not be made for some time: the provider is silent, or its key may not read its lists."""
    chosen = Reconciliation.objects.all() if rows is None else rows
    return chosen.filter(next_attempt_at__isnull=False, attempts__gte=MANY_ATTEMPTS)


def uneven_payouts(rows: QuerySet[Payout] | None = None) -> QuerySet[Payout]:
    """Payouts of the last weeks that hold something else than they say."""
    chosen = Payout.objects.all() if rows is None else rows
    recent = chosen.filter(at__gt=timezone.now() - UNEVEN_SEEN)
    return recent.filter(itemized=True).exclude(held=F("amount"))


def silent_providers() -> QuerySet[ProviderOutage]:
    """Providers that do not answer at this moment, as the processes that asked them found out."""
    return ProviderOutage.objects.filter(seen_at__gt=timezone.now() - OUTAGE_SEEN)


def dead_endpoints() -> QuerySet[WebhookEndpoint]:
    """Endpoints that were switched off after days of failures, and not switched on again."""
    return WebhookEndpoint.objects.filter(state=WebhookEndpoint.State.FAILED)


def given_up_deliveries() -> QuerySet[WebhookDelivery]:
    """Events that such an endpoint was owed: they are kept, and sent when it is switched on again."""
    return given_up(WebhookDelivery.objects.all())


def last_audit_found() -> QuerySet[AuditRun]:
    """The newest audit, where something did not add up."""
    newest = AuditRun.objects.order_by("-ended_at").values("pk")[:1]
    return AuditRun.objects.filter(pk__in=newest, findings__gt=0)


def given_up_imports() -> QuerySet[ImportJob]:
    """Tables whose import stopped after several failures in a row."""
    return given_up(ImportJob.objects.all())


def given_up_exports() -> QuerySet[ExportJob]:
    """Tables that could not be written after several attempts."""
    return given_up(ExportJob.objects.all())
