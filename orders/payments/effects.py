"""What a provider's word does to the payment that it is about, whether an event or an answer told it."""

from collections.abc import Callable

from database.rows import find_one
from orders.models import FOREIGN, LedgerEntry, Payment, Refund
from orders.payments import disputes, made_at_provider, recording, refunds
from orders.payments.early_events import NotKnownYet
from orders.payments.providers.base import Notification, NotificationKind, ProviderRefund

# What is booked with the amount that is told.
AMOUNTS = (
    NotificationKind.AUTHORISED,
    NotificationKind.CAPTURED,
    NotificationKind.REFUNDED,
    NotificationKind.DISPUTED,
    NotificationKind.DISPUTE_WON,
    NotificationKind.DISPUTE_LOST,
)


def apply(notification: Notification, variant: str) -> str:
    """Do what the notification calls for; returns a remark for staff where there is one to make.

    Raises NotKnownYet where it is about a charge that may still be told.
    """
    if notification.kind == NotificationKind.OTHER:
        return "nothing to do"
    payment = payment_of(notification, variant)
    if payment is None and notification.charge:
        raise NotKnownYet(notification.charge)
    if payment is None:
        return "no payment of ours"
    if _is_foreign(payment, notification):
        return FOREIGN
    return _APPLY[notification.kind](payment, notification)


def _is_foreign(payment: Payment, notification: Notification) -> bool:
    """Whether it tells of an amount in another currency than the payment's, which the ledger could not say."""
    return notification.kind in AMOUNTS and notification.currency not in ("", payment.currency)


def payment_of(notification: Notification, variant: str) -> Payment | None:
    """The payment that the notification names, or whose charge a refund returns that was made at the provider."""
    if notification.token:
        return find_one(Payment, "WHERE token = %s ORDER BY id LIMIT 1", [notification.token])
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
    if not notification.amount:
        return "no amount"
    recording.record_authorisation(
        payment_id=payment.pk, amount=notification.amount, reference=notification.reference
    )
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
    return made_at_provider.note_failed(
        payment_id=payment.pk,
        reference=notification.reference,
        key=notification.key,
        why=notification.note,
    )


def _refunded(payment: Payment, notification: Notification) -> str:
    attempt = _attempt(payment, notification)
    if attempt is None:
        return _refunded_at_provider(payment, notification)
    answer = ProviderRefund(notification.reference, notification.amount or attempt.amount, notification.key)
    noted = refunds.note_answer(refund_id=attempt.pk, answer=answer)
    if noted.answer == answer.reference or made_at_provider.is_noted(payment, answer.reference):
        return ""
    # The attempt has ended in another way, and this may have been told before that: the provider's list says what holds.
    remark = refunds.note_listed(payment)
    if remark or made_at_provider.is_noted(payment, answer.reference):
        return remark
    return "the provider's list has it no more"


def _refunds_changed(payment: Payment, notification: Notification) -> str:
    return refunds.note_listed(payment)


def _refunded_at_provider(payment: Payment, notification: Notification) -> str:
    if not notification.charge or not notification.amount or notification.currency != payment.currency:
        return "no refund of ours, and it names no charge of ours"
    if not payment.ledger.filter(kind=LedgerEntry.Kind.CAPTURED, reference=notification.charge).exists():
        raise NotKnownYet(notification.charge)
    return made_at_provider.note_made_at_provider(
        payment_id=payment.pk,
        charge=notification.charge,
        amount=notification.amount,
        reference=notification.reference,
    )


def _attempt(payment: Payment, notification: Notification) -> Refund | None:
    return next((refund for refund in payment.refunds.all() if refund.key == notification.key), None)


def _disputed(payment: Payment, notification: Notification) -> str:
    return disputes.note_dispute(payment.pk, notification)


_APPLY: dict[NotificationKind, Callable[[Payment, Notification], str]] = {
    NotificationKind.AUTHORISED: _authorised,
    NotificationKind.CAPTURED: _captured,
    NotificationKind.DECLINED: _of_session(recording.record_decline),
    NotificationKind.EXPIRED: _of_session(recording.record_expiry),
    NotificationKind.REFUNDED: _refunded,
    NotificationKind.REFUND_REFUSED: _refund_refused,
    NotificationKind.REFUNDS_CHANGED: _refunds_changed,
    NotificationKind.DISPUTED: _disputed,
    NotificationKind.DISPUTE_WON: _disputed,
    NotificationKind.DISPUTE_LOST: _disputed,
}
