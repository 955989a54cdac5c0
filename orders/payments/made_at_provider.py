"""Money that somebody returned by hand at the provider, and refunds that the provider took back after they had succeeded."""

from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from orders.documents import invoices
from orders.emails.queue import write_email
from orders.events.hints import announce
from orders.lifecycle import changes
from orders.lifecycle.locking import lock_order
from orders.lifecycle.transitions import change_status
from orders.models import Dispute, EmailKind, LedgerEntry, Order, OrderChange, Payment, PaymentStatus, Refund
from orders.payments import early_events, returning
from orders.payments.keeping import keep
from orders.payments.providers.base import MAX_EVENT_ID, Notification, NotificationKind
from orders.payments.returning import left_of
from orders.pricing.left import left_of_order
from orders.status import NUMBERS_SHOWN, OrderStatus, Reason, Step

Kind = LedgerEntry.Kind
# The note of a ledger row, and what staff read at the event.
AT_PROVIDER = "made at the provider"


@transaction.atomic
def note_made_at_provider(
    *, payment_id: int, charge: str, amount: Decimal, reference: str, note: str = AT_PROVIDER
) -> str:
    """Note money that was returned at the provider, not through the shop; returns what staff should know.

    An attempt of that amount which waits, or was refused, is done by it, and not asked again. A paid order of which
    nothing is left goes through Refund to Canceled; a part that went back of an order that goes on is a change of it, with
    its credit note. The same `reference` again changes nothing.
    """
    order, payment = _locked(payment_id)
    if is_noted(payment, reference):
        return ""
    capture = payment.ledger.filter(kind=Kind.CAPTURED, reference=charge).first()
    if capture is None or amount > left_of(capture):
        return f"{note}, of more than the ledger has left of this charge: please look into it"
    if attempt := _same(capture, amount):
        returning.end(attempt, Refund.State.DONE, reference)
        returning.returned(attempt, reference, note=note)
        return note
    row = _write(capture, amount, reference, note)
    returning.count_out(payment, amount)
    for attempt in capture.refunds.filter(state=Refund.State.ASKED).select_related("payment"):
        if not left_of(capture):
            returning.refuse(attempt, note)
    return f"{note}; the order is {_go_on(order, row).status}"


def is_noted(payment: Payment, reference: str) -> bool:
    """Whether the ledger has this refund of the provider's, also one that failed later."""
    return payment.ledger.filter(kind=Kind.REFUNDED, reference=reference).exists()


def _same(capture: LedgerEntry, amount: Decimal) -> Refund | None:
    """The latest attempt to return this amount, of all or of a change, that is not done yet."""
    attempts = capture.refunds.select_related("payment", "change__order").order_by("attempt")
    latest = {attempt.change_id: attempt for attempt in attempts}.values()
    fitting = [one for one in latest if one.amount == amount and one.state != Refund.State.DONE]
    return fitting[-1] if fitting else None


def _locked(payment_id: int) -> tuple[Order, Payment]:
    order = lock_order(Payment.objects.values_list("order", flat=True).get(pk=payment_id))
    return order, Payment.objects.get(pk=payment_id)


def _write(capture: LedgerEntry, amount: Decimal, reference: str, note: str) -> LedgerEntry:
    row = LedgerEntry.objects.create(
        order_id=capture.order_id,
        payment_id=capture.payment_id,
        kind=Kind.REFUNDED,
        amount=amount,
        reference=reference,
        note=note,
        capture=capture,
    )
    early_events.wake(variant=capture.payment.variant, name=reference)
    return row


def _go_on(order: Order, row: LedgerEntry) -> Order:
    reason = Reason.RETURNED_AT_PROVIDER
    if order.status == OrderStatus.PAID and _is_paid_by_second(order):
        return order
    if order.status == OrderStatus.PAID and not any(map(left_of, returning.paying(order))):
        order = change_status(order_id=order.pk, step=Step.ASK_REFUND, reason=reason)
    if order.status == OrderStatus.REFUND and returning.balance(order) == 0:
        order = change_status(order_id=order.pk, step=Step.RETURN_MONEY, reason=reason)
    if order.status in NUMBERS_SHOWN and row.capture in returning.paying(order):
        _note_change(order, row)
    return order


def _note_change(order: Order, row: LedgerEntry) -> None:
    """A part of the money of an order that goes on is less of what it costs; the credit note comes last."""
    left = left_of_order(order)
    # What is refused and not settled yet counts as given back already, and may be what was returned here.
    amount = min(row.amount, left.amount)
    if not amount:
        return
    effect = changes.without_goods(left, amount, kind=OrderChange.Kind.AT_PROVIDER)
    change = changes.write_change(order=order, based_on=left.changes, effect=effect, returned=row)
    write_email(order=order, kind=EmailKind.CHANGED, sequence=change.sequence)
    invoices.credit_change(change=change)


def _is_paid_by_second(order: Order) -> bool:
    """Whether of two equal charges the second pays the order from now on, as the first is back: then nothing is less of it.

    Not if the second was returned, or may be just now; nor if a part of the order's money went back before, since the
    second would be more than what is left of it. Then both go back.
    """
    paying = returning.paying(order)
    if any(left_of(capture) for capture in paying if not returning.is_of_card(capture)):
        return False
    if left_of_order(order).amount != order.total_amount:
        return False
    going = Refund.objects.exclude(state=Refund.State.WITHDRAWN)
    double = going.filter(
        payment__order=order,
        cause=Refund.Cause.DOUBLE,
        amount=order.amount_due,
        capture__amount=order.amount_due,
    )
    return any(returning.withdraw(refund) for refund in double.select_related("payment"))


@transaction.atomic
def note_failed(*, payment_id: int, reference: str, key: str, why: str) -> str:
    """Note that a refund failed or was canceled, before it was done or long after; says what staff should know.

    One that was done is taken back (_take_back). The same failure again changes nothing. Raises NotKnownYet if
    neither an attempt nor the ledger knows the refund.
    """
    _order, payment = _locked(payment_id)
    attempts = {
        attempt.key: attempt
        for attempt in payment.refunds.select_related("payment", "capture", "change__order")
    }
    row = payment.ledger.filter(kind=Kind.REFUNDED, reference=reference).first()
    if row is None:
        if key not in attempts:
            raise early_events.NotKnownYet(reference)
        if attempts[key].state == Refund.State.ASKED:
            returning.refuse(attempts[key], why)
        return ""
    if payment.ledger.filter(kind=Kind.REFUND_FAILED, reference=reference).exists():
        return ""
    done = (one for one in attempts.values() if one.state == Refund.State.DONE and one.answer == reference)
    order = _take_back(row, next(done, None), why)
    return f"it had succeeded before: the money is with the shop again, and the order is {order.status}"


def _take_back(row: LedgerEntry, attempt: Refund | None, why: str) -> Order:
    """A refund that was in the ledger has failed at the provider: the shop holds its money again.

    Its attempt is refused, and where the money has to go back all the same and there is none, one is made that is: so
    staff decide about it. A credit note that says the money is back is reversed, and the customer is told; not of what
    a dispute took, which nobody called a refund.
    """
    payment, order = row.payment, Order.objects.get(pk=row.order_id)
    failed = LedgerEntry.objects.create(
        order=order,
        payment=payment,
        kind=Kind.REFUND_FAILED,
        amount=row.amount,
        reference=row.reference,
        note=why[:500],
        capture=row.capture,
    )
    payment.captured_amount += row.amount
    payment.status = PaymentStatus.CONFIRMED
    payment.save(update_fields=["captured_amount", "status"])
    if attempt is not None:
        attempt.failed_at = timezone.now()
        returning.end(attempt, Refund.State.REFUSED, why)
    elif row.capture and order.status in (OrderStatus.REFUND, OrderStatus.CANCELED):
        attempt = _begun_and_refused(row.capture, why)
    if not Dispute.objects.filter(payment=payment, reference=row.reference).exists():
        write_email(order=order, kind=EmailKind.REFUND_FAILED, sequence=failed.pk)
    announce(order_id=order.pk, customer_id=order.customer_id)
    _ask_what_else_went_back(failed)
    change = _change_of(row, attempt)
    if change is not None:
        invoices.reverse_change(change=change)  # the last lock
    elif order.status == OrderStatus.CANCELED and (attempt is None or attempt.cause == Refund.Cause.ORDER):
        invoices.reverse_credit(order=order)  # the last lock
    return order


def _ask_what_else_went_back(failed: LedgerEntry) -> None:
    """What failed may have stood in the place of another refund, whose word came when there was no room for it."""
    payment = failed.payment
    name = f"after {failed.reference}"[:MAX_EVENT_ID]
    keep(
        variant=payment.variant,
        notification=Notification(name, NotificationKind.REFUNDS_CHANGED, token=payment.token),
    )


def _change_of(row: LedgerEntry, attempt: Refund | None) -> OrderChange | None:
    """The change whose money has come back. One that only tells of a return at the provider counts no more then."""
    if attempt is not None and attempt.change:
        return attempt.change
    change = OrderChange.objects.filter(returned=row).first()
    if change is not None:
        changes.undo(change)
    return change


def _begun_and_refused(capture: LedgerEntry, why: str) -> Refund:
    """An attempt to return a capture that staff may try anew or settle; the latest, if there was one."""
    last = capture.refunds.exclude(cause=Refund.Cause.CHANGE).order_by("attempt").last()
    if last is None:
        last = returning.open_refund(capture=capture, cause=Refund.Cause.ORDER)
        returning.refuse(last, why)
    return last
