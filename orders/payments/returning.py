"""What money that goes back does to the books. Each function is called in a transaction that holds the order."""

from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import QuerySet, Sum

from orders.documents import invoices
from orders.emails.queue import write_email
from orders.events.hints import announce, enqueue
from orders.events.notices import notice
from orders.events.task_names import Task
from orders.gift_cards import spending
from orders.lifecycle.transitions import change_status
from orders.models import (
    GIFT_CARD,
    EmailKind,
    GiftCardEntry,
    LedgerEntry,
    Notice,
    Order,
    OrderChange,
    Payment,
    PaymentStatus,
    Refund,
)
from orders.payments import early_events
from orders.status import OrderStatus, Reason, Step

if TYPE_CHECKING:
    from accounts.models import User

Kind = LedgerEntry.Kind
# Money whose return the order's status or a change tells of.
ITS_OWN = (Refund.Cause.ORDER, Refund.Cause.CHANGE)


def balance(order: Order) -> Decimal:
    """What the shop holds of the customer's money: captured minus refunded, and what came back of that."""
    sums = dict(order.ledger.values_list("kind").annotate(Sum("amount")).order_by())
    return sum((sign * sums.get(kind, Decimal(0)) for kind, sign in LedgerEntry.SIGNS.items()), Decimal(0))


def left_of(capture: LedgerEntry) -> Decimal:
    """What of a captured amount has not gone back yet, by the shop or by hand."""
    done = capture.refunds.filter(state=Refund.State.DONE).aggregate(sum=Sum("amount"))["sum"]
    sums = dict(capture.returns.values_list("kind").annotate(Sum("amount")).order_by())
    by_hand = sum((LedgerEntry.SIGNS[kind] * amount for kind, amount in sums.items()), Decimal(0))
    return capture.amount + by_hand - (done or Decimal(0))


def free_of(capture: LedgerEntry) -> Decimal:
    """What of a captured amount has not gone back, and is not asked for either; below zero where more is asked for."""
    asked = capture.refunds.filter(state=Refund.State.ASKED).aggregate(sum=Sum("amount"))["sum"]
    return left_of(capture) - (asked or Decimal(0))


def paying(order: Order) -> list[LedgerEntry]:
    """The captures that pay the order: nothing but parts of them was tried to return.

    In the order in which they are returned: those at a provider come before gift cards.
    """
    whole = Refund.objects.exclude(state=Refund.State.WITHDRAWN).exclude(cause=Refund.Cause.CHANGE)
    return _in_turn(order.ledger.filter(kind=Kind.CAPTURED).exclude(pk__in=whole.values("capture")))


def is_of_card(capture: LedgerEntry) -> bool:
    """Whether a gift card or store credit has paid it."""
    return capture.payment.variant == GIFT_CARD


def _in_turn(captures: QuerySet[LedgerEntry]) -> list[LedgerEntry]:
    return sorted(captures.select_related("payment"), key=lambda capture: (is_of_card(capture), capture.pk))


def money_left(order: Order) -> Decimal:
    """What may still go back of what pays the order."""
    return sum((max(free_of(capture), Decimal(0)) for capture in paying(order)), Decimal(0))


def payable(order: Order) -> Decimal:
    """What of it can pay another order: what a gift card paid goes back on it."""
    captures = (one for one in paying(order) if not is_of_card(one))
    return sum((max(free_of(one), Decimal(0)) for one in captures), Decimal(0))


def open_refund(
    *,
    capture: LedgerEntry,
    cause: str,
    amount: Decimal | None = None,
    change: OrderChange | None = None,
    actor: "User | None" = None,
    note: str = "",
) -> Refund:
    """Begin to return an amount of what was captured, or all of it that is neither back nor asked for.

    What a gift card paid is back on it at once.
    """
    attempt = capture.payment.refunds.count() + 1
    refund = Refund.objects.create(
        payment=capture.payment,
        capture=capture,
        attempt=attempt,
        cause=cause,
        change=change,
        amount=free_of(capture) if amount is None else amount,
    )
    write(refund, Kind.REFUND_ASKED, refund.key, actor=actor, note=note)
    if cause not in ITS_OWN:
        notice(capture.payment.order, Notice.Kind.PAYMENT_CHANGED, actor=actor)
    if is_of_card(capture):
        _back_to_card(refund)
    else:
        enqueue(Task.REFUND, str(refund.pk))
    return refund


def _back_to_card(refund: Refund) -> None:
    """At once, in this transaction: a card takes money back whatever has become of it."""
    card = refund.payment.card_use.card
    entry = spending.take_refund(refund, card=card, kind=GiftCardEntry.Kind.RETURNED)
    reference = f"gift card entry {entry.pk}"
    end(refund, Refund.State.DONE, reference)
    returned(refund, reference, note=card.masked)


def _to_credit(refund: Refund, actor: "User | None", note: str) -> None:
    """Staff give the money of an attempt that was just begun as store credit.

    It stays at the provider, as what they settle by hand does. What is back on a card is so already.
    """
    if refund.state != Refund.State.ASKED:
        return
    credit = spending.credit_of(refund.payment.order.customer, refund.payment.currency)
    spending.take_refund(refund, card=credit, kind=GiftCardEntry.Kind.GIVEN, actor=actor)
    says = f"store credit: {note}" if note else "store credit"
    end(refund, Refund.State.DONE, says)
    returned(refund, f"by hand {refund.key}", actor=actor, note=says)


def refund_everything(order: Order, *, actor: "User | None", note: str = "", to_credit: bool = False) -> None:
    """Begin to return all that was captured for the order and isn't on its way back yet, gift cards last."""
    live = Refund.objects.filter(state__in=[Refund.State.ASKED, Refund.State.DONE])
    going = live.exclude(cause=Refund.Cause.CHANGE).values("capture")
    for capture in _in_turn(order.ledger.filter(kind=Kind.CAPTURED).exclude(pk__in=going)):
        if free_of(capture) > 0:
            refund = open_refund(capture=capture, cause=Refund.Cause.ORDER, actor=actor, note=note)
            if to_credit:
                _to_credit(refund, actor, note)


def refund_change(change: OrderChange, *, actor: "User | None", to_credit: bool = False) -> None:
    """Begin to return the money of a change, of the captures that pay its order. The caller has seen that it is there."""
    owed = change.amount
    for capture in paying(change.order):
        if part := min(owed, max(free_of(capture), Decimal(0))):
            owed -= part
            refund = open_refund(
                capture=capture,
                cause=Refund.Cause.CHANGE,
                amount=part,
                change=change,
                actor=actor,
                note=change.note,
            )
            if to_credit:
                _to_credit(refund, actor, change.note)


def end(refund: Refund, state: Refund.State, answer: str) -> None:
    """A worker that has the refund in hand loses its claim."""
    refund.state, refund.answer, refund.failure = state, answer[:500], ""
    refund.next_attempt_at = refund.leased_until = None
    refund.save(update_fields=["state", "answer", "failure", "next_attempt_at", "leased_until", "failed_at"])


def refuse(refund: Refund, why: str) -> None:
    """The provider's definite no, or that there is nothing to return by this attempt any more."""
    end(refund, Refund.State.REFUSED, why)
    write(refund, Kind.REFUSED, refund.key, note=why)
    notice(refund.payment.order, Notice.Kind.PAYMENT_CHANGED)


def withdraw(refund: Refund, why: str = "not needed: the other charge was returned") -> bool:
    """Take an attempt back of which no worker has asked the provider yet; False if one may have."""
    unasked = Refund.objects.filter(pk=refund.pk, state=Refund.State.ASKED, attempts=0)
    if not unasked.update(state=Refund.State.WITHDRAWN, next_attempt_at=None):
        return False
    write(refund, Kind.REFUSED, refund.key, note=why)
    return True


def returned(refund: Refund, reference: str, *, actor: "User | None" = None, note: str = "") -> None:
    """The money of an attempt is back, under the provider's name of its refund."""
    write(refund, Kind.REFUNDED, reference, actor=actor, note=note)
    count_out(refund.payment, refund.amount)
    order = Order.objects.get(pk=refund.payment.order_id)
    if refund.cause == Refund.Cause.CHANGE:
        write_email(order=order, kind=EmailKind.CHANGE_REFUNDED, sequence=refund.pk)
    elif refund.cause != Refund.Cause.ORDER:
        write_email(order=order, kind=EmailKind.LATE_MONEY_RETURNED, sequence=refund.pk)
    elif _has_failed(refund):
        write_email(order=order, kind=EmailKind.REFUNDED_LATER, sequence=refund.pk)
    if order.status == OrderStatus.REFUND and balance(order) == 0:
        # It issues all credit notes, also the one of a change: after goods are locked (docs/locks.md).
        change_status(order_id=order.pk, step=Step.RETURN_MONEY, reason=Reason.MONEY_RETURNED, actor=actor)
        return
    if refund.change and order.changes.paid_back().filter(pk=refund.change.pk).exists():
        invoices.credit_change(change=refund.change)  # the last lock: all orders share the counter
    if order.status == OrderStatus.CANCELED and balance(order) == 0:
        invoices.credit_again(order=order)


def _has_failed(refund: Refund) -> bool:
    """Whether money of this payment had come back to the shop before the attempt."""
    return refund.payment.ledger.filter(kind=Kind.REFUND_FAILED, at__lte=refund.asked_at).exists()


def count_out(payment: Payment, amount: Decimal) -> None:
    """The payment holds so much less."""
    payment.captured_amount -= amount
    if not payment.captured_amount:
        payment.status = PaymentStatus.REFUNDED
    payment.save(update_fields=["captured_amount", "status"])
    announce(order_id=payment.order_id, customer_id=payment.order.customer_id)


def write(
    refund: Refund, kind: LedgerEntry.Kind, reference: str, *, actor: "User | None" = None, note: str = ""
) -> None:
    """A row of the ledger about an attempt."""
    LedgerEntry.objects.create(
        order_id=refund.payment.order_id,
        payment=refund.payment,
        kind=kind,
        amount=refund.amount,
        reference=reference,
        actor=actor,
        note=note[:500],
    )
    if kind == Kind.REFUNDED:
        early_events.wake(variant=refund.payment.variant, name=reference)
