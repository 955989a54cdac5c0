"""What payment providers tell: kept first, then acted on, once however often it comes."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from orders.events.hints import enqueue
from orders.events.task_names import Task
from orders.models import IN_PROGRESS, LedgerEntry, Payment, ProviderEvent, Refund
from orders.payments import recording, refunds
from orders.payments.providers.base import Notification, NotificationKind, ProviderRefund, ProviderUnreachable
from orders.payments.providers.registry import provider_named, provider_of
from orders.rights import OrderRights
from outbox.queue import attempt, claim, due_ids, make_due, note_done
from staff.log import use_right

if TYPE_CHECKING:
    from accounts.models import User

log = logging.getLogger(__name__)


def receive(*, variant: str, body: bytes, headers: Mapping[str, str]) -> ProviderEvent:
    """Keep the event in a webhook's raw body, and see to it that it is acted on.

    Raises UnknownProvider, BadSignature, and ProviderUnreachable where the provider itself has to check its signature.
    One that came before is not kept twice.
    """
    notification = provider_named(variant).read_event(body, headers)
    return keep(variant=variant, notification=notification, body=body.decode(errors="replace"))


@transaction.atomic
def keep(*, variant: str, notification: Notification, body: str = "", after: int = 0) -> ProviderEvent:
    """Keep an event, to be acted on after so many seconds."""
    event, is_new = ProviderEvent.objects.get_or_create(
        variant=variant,
        event_id=notification.event_id,
        defaults={
            "notification": {
                name: str(value) for name, value in asdict(notification).items() if value is not None
            },
            "body": body,
            "next_attempt_at": timezone.now() + timedelta(seconds=after),
        },
    )
    if is_new and not after:
        enqueue(Task.ACT_ON_EVENT, str(event.pk))
    return event


def act(*, event_id: int, again_by: "User | None" = None) -> ProviderEvent:
    """Act on a kept event, if it is time to; when staff ask for it, also on one that was acted on before.

    Everything it does tells what is new by itself, so acting twice, late, or beside another does no harm.
    Raises PermissionDenied.
    """
    if again_by is not None:
        _make_due(event_id, again_by)
    event = claim(ProviderEvent.objects.filter(pk=event_id), refunds.policy())
    if event is None:
        return ProviderEvent.objects.get(pk=event_id)
    try:
        with attempt(event, refunds.policy()):
            remark = _apply(_notification(event), event.variant)
    except ProviderUnreachable as error:
        log.warning("event %s: %s", event, error)
        return event  # its pause is noted, the sweep tries again
    note_done(event, remark=remark, acted_at=timezone.now())
    return event


@transaction.atomic
def _make_due(event_id: int, actor: "User") -> None:
    event = ProviderEvent.objects.get(pk=event_id)
    use_right(actor=actor, right=OrderRights.ACT_AGAIN, about=event)
    make_due(ProviderEvent.objects.filter(pk=event_id))


def due() -> list[int]:
    """Events that wait to be acted on, the longest waiting first."""
    return due_ids(ProviderEvent.objects.all())


def _notification(event: ProviderEvent) -> Notification:
    kept = dict(event.notification)
    amount = kept.pop("amount", None)
    return Notification(
        **(kept | {"kind": NotificationKind(kept["kind"])}), amount=amount and Decimal(amount)
    )


def _apply(notification: Notification, variant: str) -> str:
    """Do what the notification calls for; returns a remark for staff where there is one to make."""
    if notification.kind == NotificationKind.OTHER:
        return "nothing to do"
    payment = _payment_of(notification, variant)
    if payment is None:
        return "no payment of ours"
    return _APPLY[notification.kind](payment, notification)


def _payment_of(notification: Notification, variant: str) -> Payment | None:
    """The payment that the notification names, or whose charge a refund returns that was made at the provider."""
    if notification.token:
        return Payment.objects.filter(token=notification.token).first()
    if not notification.charge:
        return None
    charged = LedgerEntry.objects.filter(kind=LedgerEntry.Kind.CAPTURED, reference=notification.charge)
    entry = charged.filter(payment__variant=variant).select_related("payment").first()
    return entry.payment if entry else None


def _captured(payment: Payment, notification: Notification) -> str:
    if notification.amount is None:
        return "no amount"
    recording.record_capture(
        payment_id=payment.pk,
        amount=notification.amount,
        currency=notification.currency,
        reference=notification.reference,
    )
    return ""


def _authorised(payment: Payment, notification: Notification) -> str:
    """Note the approval, and take the money if it does not come by itself and the payment was not given up."""
    if not notification.amount:
        return "no amount"
    recording.record_authorisation(
        payment_id=payment.pk, amount=notification.amount, reference=notification.reference
    )
    return take(payment_id=payment.pk)


def take(*, payment_id: int) -> str:
    """Have the provider take what the customer approved, and act on what came of it; returns a remark for staff.

    Money for a payment that has ended is not taken. Raises ProviderUnreachable.
    """
    payment = Payment.objects.get(pk=payment_id)
    if payment.status not in IN_PROGRESS:
        return "the payment had ended: nothing is taken"
    notification = provider_of(payment).take(payment)
    if notification is not None:
        act(event_id=keep(variant=payment.variant, notification=notification).pk)
    return ""


def _of_session(end: Callable[..., object]) -> Callable[[Payment, Notification], str]:
    """What ends a payment, unless the notification is about a session that was replaced."""

    def apply(payment: Payment, notification: Notification) -> str:
        if (
            notification.reference
            and payment.transaction_id
            and notification.reference != payment.transaction_id
        ):
            return "of a session that was replaced"
        end(payment_id=payment.pk)
        return ""

    return apply


def _refund_refused(payment: Payment, notification: Notification) -> str:
    attempt = _attempt(payment, notification)
    if attempt is None:
        return "no refund of ours: it was made at the provider"
    refunds.note_refused(refund_id=attempt.pk, why=notification.note)
    return ""


def _refunded(payment: Payment, notification: Notification) -> str:
    attempt = _attempt(payment, notification)
    if attempt is None:
        return _refunded_at_provider(payment, notification)
    answer = ProviderRefund(notification.reference, notification.amount or attempt.amount, notification.key)
    refunds.note_answer(refund_id=attempt.pk, answer=answer)
    return "" if Refund.objects.get(pk=attempt.pk).state == Refund.State.DONE else "it was refused before"


def _refunded_at_provider(payment: Payment, notification: Notification) -> str:
    if not notification.charge or not notification.amount or notification.currency != payment.currency:
        return "no refund of ours, and it names no charge of ours"
    return refunds.note_made_at_provider(
        payment_id=payment.pk,
        charge=notification.charge,
        amount=notification.amount,
        reference=notification.reference,
    )


def _attempt(payment: Payment, notification: Notification) -> Refund | None:
    return next((refund for refund in payment.refunds.all() if refund.key == notification.key), None)


_APPLY: dict[NotificationKind, Callable[[Payment, Notification], str]] = {
    NotificationKind.AUTHORISED: _authorised,
    NotificationKind.CAPTURED: _captured,
    NotificationKind.DECLINED: _of_session(recording.record_decline),
    NotificationKind.EXPIRED: _of_session(recording.record_expiry),
    NotificationKind.REFUNDED: _refunded,
    NotificationKind.REFUND_REFUSED: _refund_refused,
}


def answered(*, payment: Payment, data: Mapping[str, Any]) -> bool:
    """Act on what the customer's form on our own pay page says; False if it says nothing that can be acted on."""
    told = provider_of(payment).read_form(payment, data)
    for notification, seconds in told:
        event = keep(variant=payment.variant, notification=notification, after=seconds)
        if not seconds:
            act(event_id=event.pk)
    return bool(told)


def came_back(*, order_id: UUID) -> Payment | None:
    """The customer is back from the provider's page: take what was approved there, and don't wait for the event.

    Returns the order's latest payment. A provider that does not answer now tells by its events.
    """
    payment = Payment.objects.filter(order=order_id).last()
    if payment is None:
        return None
    try:
        take(payment_id=payment.pk)
    except ProviderUnreachable as error:
        log.warning("payment %s: %s", payment.token, error)
    payment.refresh_from_db()
    return payment
