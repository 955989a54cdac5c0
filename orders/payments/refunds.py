"""Returning money: one attempt after the other, each asked as often as it takes, none paid out twice.

Between asking the provider and noting its answer anything may die. So an attempt has one idempotency key, the provider's
own list of refunds is read before each try, and a refund waits in its row until it is answered (outbox/queue.py).

Money may also be returned by hand at the provider. The shop hears of it by an event or finds it in that list; it is
then in the ledger, is not returned again, and an order that has nothing left is Canceled.
"""

import logging
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from orders.emails.queue import write_email
from orders.errors import OrderError
from orders.events.hints import announce, enqueue
from orders.events.task_names import Task
from orders.faults import fault_point
from orders.lifecycle.transitions import change_status, lock_order
from orders.models import EmailKind, LedgerEntry, Order, Payment, PaymentStatus, Refund
from orders.payments.providers.base import ProviderRefund, ProviderUnreachable, RefundRefused
from orders.payments.providers.registry import provider_of
from orders.rights import OrderRights
from orders.status import OrderStatus, Reason, Step
from outbox.queue import Policy, attempt, claim, due_ids, note_failure
from staff.log import use_right

if TYPE_CHECKING:
    from accounts.models import User

log = logging.getLogger(__name__)
Kind = LedgerEntry.Kind
MAX_PAUSE = timedelta(hours=1)
# What is said of a refund that the provider has taken on and not finished.
PENDING = "on its way at the provider"
# The note of a ledger row, and what staff read at the event.
AT_PROVIDER = "made at the provider"


class RefundNotRefused(OrderError):
    """Only what the provider refused can be tried anew or settled by hand."""

    code = "refund_not_refused"
    status = 409
    title = _("Refund not refused")
    message = _("The provider has not refused this refund.")
    advice = _("Only a refund that the provider has refused can be tried again or settled.")


def balance(order: Order) -> Decimal:
    """What the shop holds of the customer's money: captured minus refunded."""
    sums = dict(order.ledger.values_list("kind").annotate(Sum("amount")).order_by())
    held: Decimal = sums.get(Kind.CAPTURED, Decimal(0)) - sums.get(Kind.REFUNDED, Decimal(0))
    return held


def left_of(capture: LedgerEntry) -> Decimal:
    """What of a captured amount has not gone back yet, by the shop or by hand."""
    if capture.refunds.filter(state=Refund.State.DONE).exists():
        return Decimal(0)
    returned: Decimal | None = capture.returns.aggregate(sum=Sum("amount"))["sum"]
    return capture.amount - (returned or Decimal(0))


def open_refund(*, capture: LedgerEntry, cause: str, actor: "User | None" = None, note: str = "") -> Refund:
    """Begin to return what is left of a captured amount, in the transaction of a caller that holds the order."""
    attempt = capture.payment.refunds.count() + 1
    refund = Refund.objects.create(
        payment=capture.payment, capture=capture, attempt=attempt, cause=cause, amount=left_of(capture)
    )
    _write(refund, Kind.REFUND_ASKED, refund.key, actor=actor, note=note)
    enqueue(Task.REFUND, str(refund.pk))
    return refund


def refund_everything(order: Order, *, actor: "User | None", note: str = "") -> None:
    """Begin to return all that was captured for the order and isn't on its way back yet."""
    going = Refund.objects.filter(state__in=[Refund.State.ASKED, Refund.State.DONE]).values("capture")
    for capture in order.ledger.filter(kind=Kind.CAPTURED).exclude(pk__in=going):
        if not left_of(capture):
            continue
        open_refund(capture=capture, cause=Refund.Cause.ORDER, actor=actor, note=note)


def work_on(*, refund_id: int) -> Refund:
    """Ask the provider, if it is time to, and note what it says. May run twice, late, or beside itself."""
    refund = claim(Refund.objects.select_related("payment").filter(pk=refund_id), policy())
    if refund is None:
        return Refund.objects.get(pk=refund_id)
    fault_point("refund taken")
    try:
        with attempt(refund, policy()):
            answer = _answer(refund)
    except RefundRefused as refusal:
        return note_refused(refund_id=refund_id, why=str(refusal))
    except ProviderUnreachable as error:
        log.warning("refund %s: %s", refund.key, error)
        return refund
    if answer is None:
        return Refund.objects.get(pk=refund_id)
    fault_point("refund asked")
    if not answer.is_done:
        note_failure(refund, policy(), PENDING)
        return refund
    noted = note_answer(refund_id=refund_id, answer=answer)
    fault_point("refund noted")
    return noted


def policy() -> Policy:
    """The policy of all that asks a provider: never given up, since money waits for it. One attempt makes several calls."""
    pause = timedelta(seconds=settings.PROVIDER_RETRY_AFTER)
    return Policy(first_pause=pause, max_pause=MAX_PAUSE, lease=3 * pause)


def due() -> list[int]:
    """Attempts whose next try is due, the longest waiting first."""
    return due_ids(Refund.objects.all())


def _locked(refund_id: int) -> Refund:
    order_id = Refund.objects.values_list("payment__order", flat=True).get(pk=refund_id)
    lock_order(order_id)
    return Refund.objects.select_related("payment", "capture").get(pk=refund_id)


def _answer(refund: Refund) -> ProviderRefund | None:
    """This attempt as the provider knows it, asked now unless an earlier try got through.

    None: the money went back by hand meanwhile, so there is nothing to ask for.
    """
    payment = refund.payment
    known = provider_of(payment).list_refunds(payment)
    if own := next((one for one in known if one.key == refund.key), None):
        return own
    ours = {attempt.key for attempt in payment.refunds.all()}
    for one in known:
        if one.is_done and one.charge and one.key not in ours:
            note_made_at_provider(
                payment_id=payment.pk, charge=one.charge, amount=one.amount, reference=one.reference
            )
    refund.refresh_from_db(fields=["state"])
    if refund.state != Refund.State.ASKED:
        return None
    return provider_of(payment).ask_refund(payment, refund.amount, refund.key)


@transaction.atomic
def note_answer(*, refund_id: int, answer: ProviderRefund) -> Refund:
    """Note that the money is back, or is on its way; an order that waited for it is then Canceled."""
    refund = _locked(refund_id)
    if refund.state != Refund.State.ASKED or not answer.is_done:
        return refund
    _end(refund, Refund.State.DONE, answer.reference)
    fault_point("refund being noted")
    _returned(refund, answer.reference)
    return refund


@transaction.atomic
def note_refused(*, refund_id: int, why: str) -> Refund:
    """Note the provider's definite no. Staff see it, and try anew or settle it by hand."""
    refund = _locked(refund_id)
    if refund.state == Refund.State.ASKED:
        _end(refund, Refund.State.REFUSED, why)
        _write(refund, Kind.REFUSED, refund.key, note=why)
    return refund


@transaction.atomic
def retry(*, refund_id: int, actor: "User", note: str = "") -> Refund:
    """Begin a new attempt after a refusal. Raises PermissionDenied, RefundNotRefused."""
    refund = _refused(refund_id, actor, OrderRights.RETRY_REFUND, note)
    return open_refund(capture=refund.capture, cause=refund.cause, actor=actor, note=note)


@transaction.atomic
def settle_by_hand(*, refund_id: int, actor: "User", note: str) -> Refund:
    """Note that the money went back in another way than through the provider.

    Raises PermissionDenied, RefundNotRefused.
    """
    refund = _refused(refund_id, actor, OrderRights.SETTLE_REFUND, note)
    if refund.amount != left_of(refund.capture):
        # Part of it went back by hand at the provider since; this settles the rest.
        refund = open_refund(capture=refund.capture, cause=refund.cause, actor=actor)
    _end(refund, Refund.State.DONE, note)
    _returned(refund, f"by hand {refund.key}", actor=actor, note=note)
    return refund


def _refused(refund_id: int, actor: "User", right: OrderRights, note: str = "") -> Refund:
    """A refused attempt, the latest of its capture, of which something is left, that staff decide about."""
    refund = _locked(refund_id)
    use_right(actor=actor, right=right, about=refund.payment.order, refund=refund.key, note=note)
    later = refund.capture.refunds.filter(attempt__gt=refund.attempt)
    if refund.state != Refund.State.REFUSED or later.exists() or not left_of(refund.capture):
        raise RefundNotRefused
    return refund


def _end(refund: Refund, state: Refund.State, answer: str) -> None:
    """In the transaction of a caller that holds the order. A worker that has the refund in hand loses its claim."""
    refund.state, refund.answer, refund.failure = state, answer[:500], ""
    refund.next_attempt_at = refund.leased_until = None
    refund.save(update_fields=["state", "answer", "failure", "next_attempt_at", "leased_until"])


def _returned(refund: Refund, reference: str, *, actor: "User | None" = None, note: str = "") -> None:
    _write(refund, Kind.REFUNDED, reference, actor=actor, note=note)
    _count_out(refund.payment, refund.amount)
    order = Order.objects.get(pk=refund.payment.order_id)
    if refund.cause != Refund.Cause.ORDER:
        write_email(order=order, kind=EmailKind.LATE_MONEY_RETURNED, sequence=refund.pk)
    if order.status == OrderStatus.REFUND and balance(order) == 0:
        change_status(order_id=order.pk, step=Step.RETURN_MONEY, reason=Reason.MONEY_RETURNED, actor=actor)


def _count_out(payment: Payment, amount: Decimal) -> None:
    payment.captured_amount -= amount
    if not payment.captured_amount:
        payment.status = PaymentStatus.REFUNDED
    payment.save(update_fields=["captured_amount", "status"])
    announce(order_id=payment.order_id, customer_id=payment.order.customer_id)


# --- made by hand at the provider ----------------------------------------------------------------------------------


@transaction.atomic
def note_made_at_provider(*, payment_id: int, charge: str, amount: Decimal, reference: str) -> str:
    """Note money that was returned at the provider, not through the shop; returns what staff should know.

    An attempt of that amount which waits, or was refused, is done by it, and not asked again. A paid order of which
    nothing is left goes through Refund to Canceled; one of which a part went back stays as it is. The same
    `reference` again changes nothing.
    """
    order = lock_order(Payment.objects.values_list("order", flat=True).get(pk=payment_id))
    payment = Payment.objects.get(pk=payment_id)
    if payment.ledger.filter(kind=Kind.REFUNDED, reference=reference).exists():
        return ""
    capture = payment.ledger.filter(kind=Kind.CAPTURED, reference=charge).first()
    if capture is None or amount > left_of(capture):
        return f"{AT_PROVIDER}, of more than the ledger has left of this charge: please look into it"
    attempt = capture.refunds.order_by("attempt").last()
    if attempt is not None and attempt.amount == amount:
        _end(attempt, Refund.State.DONE, reference)
        _returned(attempt, reference, note=AT_PROVIDER)
        return AT_PROVIDER
    _write_made_at_provider(capture, amount, reference)
    _count_out(payment, amount)
    if attempt is not None and attempt.state == Refund.State.ASKED and not left_of(capture):
        _end(attempt, Refund.State.REFUSED, AT_PROVIDER)
        _write(attempt, Kind.REFUSED, attempt.key, note=AT_PROVIDER)
    return _after_made_at_provider(order)


def _write_made_at_provider(capture: LedgerEntry, amount: Decimal, reference: str) -> None:
    LedgerEntry.objects.create(
        order_id=capture.order_id,
        payment_id=capture.payment_id,
        kind=Kind.REFUNDED,
        amount=amount,
        reference=reference,
        note=AT_PROVIDER,
        capture=capture,
    )


def _after_made_at_provider(order: Order) -> str:
    reason = Reason.RETURNED_AT_PROVIDER
    untried = order.ledger.filter(kind=Kind.CAPTURED, refunds__isnull=True)
    if order.status == OrderStatus.PAID and not any(map(left_of, untried)):
        order = change_status(order_id=order.pk, step=Step.ASK_REFUND, reason=reason)
    if order.status == OrderStatus.REFUND and balance(order) == 0:
        order = change_status(order_id=order.pk, step=Step.RETURN_MONEY, reason=reason)
    return f"{AT_PROVIDER}; the order is {order.status}"


def _write(refund: Refund, kind: str, reference: str, *, actor: "User | None" = None, note: str = "") -> None:
    LedgerEntry.objects.create(
        order_id=refund.payment.order_id,
        payment=refund.payment,
        kind=kind,
        amount=refund.amount,
        reference=reference,
        actor=actor,
        note=note[:500],
    )
