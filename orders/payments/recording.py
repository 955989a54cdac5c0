"""Note what a provider did: that it captured or approved an amount, declined a payment, or ended its session."""

from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction

from database.rows import insert_later
from orders.events.notices import notice
from orders.lifecycle.locking import lock_order_of
from orders.lifecycle.transitions import change_locked, complete_if_sent
from orders.models import IN_PROGRESS, LedgerEntry, Notice, Order, PaymentStatus, Refund
from orders.payments import cards, differences, early_events, returning
from orders.status import OrderStatus, Reason, Step

if TYPE_CHECKING:
    from accounts.models import User

Kind = LedgerEntry.Kind
TOLD = "ON CONFLICT (payment_id, kind, reference) DO NOTHING"


@transaction.atomic
def record_capture(
    *,
    payment_id: int,
    amount: Decimal,
    reference: str,
    currency: str = "",
    actor: "User | None" = None,
    note: str = "",
) -> Order:
    """Note money that the provider captured; the order is then Paid, or the money goes back by itself.

    Where no provider tells it, `actor` is the member of staff whose word it is.

    It goes back when the order can't be paid (any more), was paid already, or the amount is not the order's. The same
    `reference` again is the same money and changes nothing; the order's lock keeps it from being told twice at once.
    """
    order, payment = lock_order_of(payment_id)
    told = {"payment": payment, "kind": Kind.CAPTURED, "reference": reference}
    entry = LedgerEntry(**told, order=order, amount=amount, actor=actor, note=note)
    written = insert_later(entry, unless=TOLD)
    early_events.wake(variant=payment.variant, name=reference)
    if not written.rows:
        return order
    payment.captured_amount += amount
    payment.change_status(PaymentStatus.CONFIRMED, "captured_amount")
    if cause := _why_back(order, amount, currency or payment.currency):
        returning.open_refund(capture=entry, cause=cause)
        return order
    if not differences.settle(order):
        returning.open_refund(capture=entry, cause=Refund.Cause.LATE)
        return differences.give_up(order)
    cards.capture_held(order)
    who = actor or order.customer
    paid = change_locked(order=order, step=Step.PAY, reason=Reason.PAYMENT_TAKEN, actor=who)
    return complete_if_sent(paid, actor=actor)


def _why_back(order: Order, amount: Decimal, currency: str) -> Refund.Cause | None:
    if order.status in (OrderStatus.PAID, OrderStatus.DONE, OrderStatus.REFUND):
        return Refund.Cause.DOUBLE
    if order.status != OrderStatus.PAY_REQUIRED:
        return Refund.Cause.LATE
    is_right = amount == order.amount_due and currency.upper() == order.currency
    return None if is_right else Refund.Cause.WRONG_AMOUNT


@transaction.atomic
def record_authorisation(*, payment_id: int, amount: Decimal, reference: str) -> Order:
    """Note that an amount was approved, and is not captured yet: a line in the ledger that no balance counts.

    Told after the capture it says nothing new, and leaves no line.
    """
    order, payment = lock_order_of(payment_id)
    if payment.ledger.filter(kind=Kind.CAPTURED).exists():
        return order
    LedgerEntry.objects.get_or_create(
        payment=payment,
        kind=Kind.AUTHORISED,
        reference=reference,
        defaults={"order": order, "amount": amount},
    )
    if payment.status in IN_PROGRESS:
        payment.change_status(PaymentStatus.PREAUTH)
        notice(order, Notice.Kind.PAYMENT_CHANGED, actor=order.customer)
    return order


def record_decline(*, payment_id: int) -> Order:
    """Note that the provider declined a payment in progress; one that ended before is left as it is."""
    return _record_end(payment_id, PaymentStatus.REJECTED)


def record_expiry(*, payment_id: int) -> Order:
    """Note that nothing can be paid in a payment any more; one that ended before is left as it is."""
    return _record_end(payment_id, PaymentStatus.CANCELLED)


@transaction.atomic
def _record_end(payment_id: int, status: PaymentStatus) -> Order:
    order, payment = lock_order_of(payment_id)
    if payment.status in IN_PROGRESS:
        payment.change_status(status)
    return order
