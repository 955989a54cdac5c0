"""Disputes: opened, won or lost as the provider tells, with their fees in the ledger.

The money of a dispute that is lost went back to the customer, as if somebody had returned it at the provider.
"""

from datetime import UTC, datetime

from django.db import transaction
from django.utils import timezone

from orders.events.hints import announce
from orders.lifecycle.locking import lock_order
from orders.models import Dispute, LedgerEntry, Payment
from orders.payments import early_events, made_at_provider
from orders.payments.providers.base import Notification, NotificationKind
from orders.payments.returning import left_of

Kind, State = LedgerEntry.Kind, Dispute.State
LOST = "lost in a dispute"
STATES = {
    NotificationKind.DISPUTED: State.OPEN,
    NotificationKind.DISPUTE_WON: State.WON,
    NotificationKind.DISPUTE_LOST: State.LOST,
}


@transaction.atomic
def note_dispute(payment_id: int, told: Notification) -> str:
    """Note how a dispute stands; says what staff should know. The same again changes nothing.

    One that is closed is not opened again by a word that comes late. Raises NotKnownYet.
    """
    order = lock_order(Payment.objects.values_list("order", flat=True).get(pk=payment_id))
    capture = LedgerEntry.objects.filter(
        payment=payment_id, kind=Kind.CAPTURED, reference=told.charge
    ).first()
    if capture is None or not told.amount:
        raise early_events.NotKnownYet(told.charge)
    dispute, is_new = Dispute.objects.get_or_create(
        payment_id=payment_id,
        reference=told.reference,
        defaults={"capture": capture, "amount": told.amount, "reason": told.note[:500]},
    )
    if is_new:
        _write(dispute, Kind.DISPUTED)
    _take_over(dispute, told)
    state = STATES[told.kind]
    if state in (dispute.state, State.OPEN):
        return f"the dispute is {dispute.state}"
    was, dispute.state, dispute.closed_at = dispute.state, state, timezone.now()
    dispute.save(update_fields=["state", "closed_at"])
    announce(order_id=order.pk, customer_id=order.customer_id)
    return _close(dispute, was)


def _take_over(dispute: Dispute, told: Notification) -> None:
    """What the provider has said since: a fee, and until when it takes evidence."""
    if told.fee and not dispute.fee:
        dispute.fee = told.fee
        _write(dispute, Kind.DISPUTE_FEE)
    if told.due:
        dispute.respond_by = datetime.fromtimestamp(int(told.due), UTC)
    dispute.save(update_fields=["fee", "respond_by"])


def _close(dispute: Dispute, was: str) -> str:
    if dispute.state == State.LOST:
        return _lose(dispute)
    _write(dispute, Kind.DISPUTE_WON)
    if was == State.LOST:
        made_at_provider.note_failed(
            payment_id=dispute.payment_id,
            reference=dispute.reference,
            key="",
            why="the dispute was won after all",
        )
    return "the dispute is won"


def _lose(dispute: Dispute) -> str:
    """What is left of the charge is the customer's again. Of one of which a part had gone back a bank may take too much."""
    amount = min(dispute.amount, left_of(dispute.capture))
    said = LOST
    if amount:
        said = made_at_provider.note_made_at_provider(
            payment_id=dispute.payment_id,
            charge=dispute.capture.reference,
            amount=amount,
            reference=dispute.reference,
            note=LOST,
        )
    if amount < dispute.amount:
        said = f"{said}; {dispute.amount - amount} more than was left of this charge: please look into it"
    return said


def _write(dispute: Dispute, kind: LedgerEntry.Kind) -> None:
    LedgerEntry.objects.get_or_create(
        payment_id=dispute.payment_id,
        kind=kind,
        reference=dispute.reference,
        defaults={
            "order_id": dispute.capture.order_id,
            "amount": dispute.fee if kind == Kind.DISPUTE_FEE else dispute.amount,
            "note": dispute.reason,
        },
    )
