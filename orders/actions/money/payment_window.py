"""The end of an order's time to pay: what is known is acted on, the provider is asked, and only then is it given up.

And the end of sessions that nobody needs any more, since another payment has paid the order.
"""

import logging
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from orders.actions.cancellation import cancel_locked, in_progress
from orders.lifecycle.locking import OrderNotFound, lock_order
from orders.models import IN_PROGRESS, Order, Payment, PaymentStatus, Shipment
from orders.payments import provider_events, refunds
from orders.payments.providers.base import NotificationKind, ProviderUnreachable, SessionPaid
from orders.payments.providers.registry import provider_of
from orders.payments.recording import record_expiry
from orders.status import OrderStatus, Reason
from outbox.queue import attempt, claim, due_ids, note_failure
from outbox.quiet import is_quiet

log = logging.getLogger(__name__)
# How long a provider that does not answer keeps an overdue order open, seconds.
UNREACHABLE_SECONDS = 3600
# Orders that one sweep looks at.
BATCH_SIZE = 500
# What is noted of a payment whose money may still come.
UNDER_WAY = "the money is on its way"


def overdue_orders() -> list[UUID]:
    """Orders that were not paid in time and whose provider is not to be asked later, the longest overdue first.

    None while the shop is quiet: its customers may have paid since the backup.
    """
    asked_later = Payment.objects.filter(
        order=OuterRef("pk"), status__in=IN_PROGRESS, next_attempt_at__gt=timezone.now()
    )
    # What is with a courier who brings the money is canceled by staff alone.
    sent = Shipment.objects.filter(order=OuterRef("pk"))
    late = Order.objects.filter(
        ~is_quiet(), ~Exists(asked_later), ~Exists(sent), status=OrderStatus.PAY_REQUIRED
    )
    late = late.filter(pay_by__lte=timezone.now()).order_by("pay_by")
    return list(late.values_list("pk", flat=True)[:BATCH_SIZE])


def cancel_unpaid(*, order_id: UUID) -> Order:
    """Cancel an order that was not paid in time; one that has moved on since is returned as it is.

    Stored events are read first, and then the provider is asked what became of the payment in progress. An order stays
    open as long as an event about it waits, or its money is on its way. A provider that does not answer is asked again
    with growing pauses, but not for longer than UNREACHABLE_SECONDS if nothing was approved: money that comes after that
    goes back by itself. Raises OrderNotFound.
    """
    order = Order.objects.filter(pk=order_id).first()
    if order is None:
        raise OrderNotFound
    if not is_overdue(order):
        return order
    provider_events.read_on(order_id=order_id)
    payment = in_progress(order_id)
    if payment is not None and not _nothing_comes(payment, order):
        return Order.objects.get(pk=order_id)
    with transaction.atomic():
        order = lock_order(order_id)
        if (
            not is_overdue(order)
            or order.shipments.exists()
            or provider_events.unread(order_id=order_id).exists()
        ):
            return order
        return cancel_locked(order, actor=None, reason=Reason.PAYMENT_WINDOW_PASSED)


def _nothing_comes(payment: Payment, order: Order) -> bool:
    """Whether nothing can be paid in the payment any more; asked without a lock, and not before its pause is over."""
    claimed = claim(Payment.objects.filter(pk=payment.pk), refunds.policy())
    if claimed is None:
        return False
    try:
        with attempt(claimed, refunds.policy()):
            told = provider_events.ask(payment_id=payment.pk)
            if told is None:
                provider_of(payment).expire(claimed)
    except SessionPaid:
        return False
    except ProviderUnreachable:
        return claimed.status != PaymentStatus.PREAUTH and is_overdue(order, by=UNREACHABLE_SECONDS)
    if told == NotificationKind.AUTHORISED:
        note_failure(claimed, refunds.policy(), UNDER_WAY)
    return told != NotificationKind.AUTHORISED


def unwanted_sessions() -> list[int]:
    """Payments in progress of orders that need no payment (any more): another one has paid them."""
    needless = Payment.objects.exclude(order__status__in=[OrderStatus.PENDING, OrderStatus.PAY_REQUIRED])
    return due_ids(needless.filter(status__in=IN_PROGRESS))


def close_unwanted(*, payment_id: int) -> None:
    """Close such a session at its provider. Money that came in it meanwhile is noted, and goes back by itself."""
    payment = claim(Payment.objects.filter(pk=payment_id), refunds.policy())
    if payment is None:
        return
    try:
        with attempt(payment, refunds.policy()):
            provider_of(payment).expire(payment)
    except ProviderUnreachable as error:
        log.warning("payment %s: %s", payment.token, error)
    except SessionPaid:
        provider_events.ask(payment_id=payment_id)
    else:
        record_expiry(payment_id=payment_id)


def is_overdue(order: Order, *, by: int = 0) -> bool:
    """Whether the order's time to pay has been over for so many seconds."""
    since = timezone.now() - timedelta(seconds=by)
    return order.status == OrderStatus.PAY_REQUIRED and order.pay_by is not None and order.pay_by <= since
