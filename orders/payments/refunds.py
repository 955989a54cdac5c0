"""Returning money: one attempt after the other, each asked as often as it takes, none paid out twice.

Between asking the provider and noting its answer anything may die. So an attempt has one idempotency key, the provider's
own list of refunds is read before each try, and a refund waits in its row until it is answered (outbox/queue.py).

Money may also be returned by hand at the provider. The shop hears of it by an event or finds it in that list; it is
then in the ledger, is not returned again, and an order that has nothing left is Canceled (made_at_provider.py).
"""

import logging
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders.emails.queue import write_email
from orders.errors import OrderError
from orders.events.hints import announce
from orders.faults import fault_point
from orders.lifecycle import changes
from orders.lifecycle.locking import lock_order
from orders.models import BACK_BY_HAND, Dispute, EmailKind, OrderChange, Payment, Refund
from orders.payments import returning
from orders.payments.made_at_provider import note_made_at_provider
from orders.payments.providers.base import ProviderRefund, ProviderUnreachable, RefundRefused
from orders.payments.providers.registry import provider_of
from orders.reports.attention import NEEDS_ACTION, PENDING
from orders.rights import OrderRights
from outbox.queue import Policy, attempt, claim, due_ids, note_failure
from staff.log import use_right

if TYPE_CHECKING:
    from accounts.models import User

log = logging.getLogger(__name__)
MAX_PAUSE = timedelta(hours=1)
NO_ROOM = "the provider has made it, and the books have less left of this charge"


class RefundNotRefused(OrderError):
    """Only what the provider refused can be tried anew or settled by hand."""

    code = "refund_not_refused"
    status = 409
    title = _("Refund not refused")
    message = _("The provider has not refused this refund.")
    advice = _("Only a refund that the provider has refused can be tried again or settled.")


class ChargeDisputed(OrderError):
    """Said at the desk alone: a dispute that is lost returns the money by itself, and it would be paid out twice."""

    message = _(
        "The customer disputes this payment. Wait for the dispute's end: once lost, the money is back already."
    )


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
        note_failure(refund, policy(), NEEDS_ACTION if answer.needs_action else PENDING)
        return refund
    noted = note_answer(refund_id=refund_id, answer=answer)
    if noted.state == Refund.State.ASKED:
        note_failure(refund, policy(), NO_ROOM)
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
    return Refund.objects.select_related("payment", "capture", "change__order").get(pk=refund_id)


def _answer(refund: Refund) -> ProviderRefund | None:
    """This attempt as the provider knows it, asked now unless an earlier try got through.

    None: the money went back by hand meanwhile, so there is nothing to ask for.
    """
    payment = refund.payment
    known = provider_of(payment).list_refunds(payment)
    if own := next((one for one in known if one.key == refund.key), None):
        return own
    _note_all(payment, known)
    refund.refresh_from_db(fields=["state"])
    if refund.state != Refund.State.ASKED:
        return None
    return provider_of(payment).ask_refund(payment, refund.amount, refund.key)


def note_listed(payment: Payment) -> str:
    """Ask the provider what went back of a payment, and note what the books do not have; returns what staff should know.

    Raises ProviderUnreachable.
    """
    return "; ".join(_note_all(payment, provider_of(payment).list_refunds(payment)))


def _note_all(payment: Payment, listed: list[ProviderRefund]) -> list[str]:
    """An attempt that waits is done by its refund. One that had ended in another way has made another refund then.

    It had been asked for, and was not answered; what ended the attempt may have failed at the provider since.
    """
    ours = {attempt.key: attempt for attempt in payment.refunds.select_related("capture")}
    remarks = []
    for one in filter(lambda one: one.is_done, listed):
        attempt = ours.get(one.key)
        charge = one.charge or (attempt.capture.reference if attempt else "")
        if attempt and note_answer(refund_id=attempt.pk, answer=one).answer == one.reference:
            continue
        if charge:
            remarks.append(
                note_made_at_provider(
                    payment_id=payment.pk, charge=charge, amount=one.amount, reference=one.reference
                )
            )
    return [remark for remark in remarks if remark]


@transaction.atomic
def note_answer(*, refund_id: int, answer: ProviderRefund) -> Refund:
    """Note that the money is back, or is on its way; an order that waited for it is then Canceled.

    As long as the books have less left of the charge, it waits: a refund by hand that stands in its place must have failed
    at the provider, and its word is on its way.
    """
    refund = _locked(refund_id)
    if refund.state != Refund.State.ASKED or not answer.is_done:
        return refund
    if refund.amount > returning.left_of(refund.capture):
        return refund
    returning.end(refund, Refund.State.DONE, answer.reference)
    fault_point("refund being noted")
    returning.returned(refund, answer.reference)
    return refund


@transaction.atomic
def note_refused(*, refund_id: int, why: str) -> Refund:
    """Note the provider's definite no. Staff see it, and try anew or settle it by hand."""
    refund = _locked(refund_id)
    if refund.state == Refund.State.ASKED:
        returning.refuse(refund, why)
    return refund


@transaction.atomic
def retry(*, refund_id: int, actor: "User", note: str = "") -> Refund:
    """Begin a new attempt after a refusal. Raises PermissionDenied, RefundNotRefused."""
    refund = _refused(refund_id, actor, OrderRights.RETRY_REFUND, note)
    return _anew(refund, actor, note)


@transaction.atomic
def settle_by_hand(*, refund_id: int, actor: "User", note: str) -> Refund:
    """Note that the money went back in another way than through the provider.

    Raises PermissionDenied, RefundNotRefused, and ChargeDisputed as long as the provider may return the same money.
    """
    refund = _refused(refund_id, actor, OrderRights.SETTLE_REFUND, note)
    if refund.capture.disputes.filter(state=Dispute.State.OPEN).exists():
        raise ChargeDisputed
    if refund.state == Refund.State.REFUSED and (refund.failed_at or refund.amount != returnable(refund)):
        # It was done once and failed; or part of it went back by hand at the provider, and this settles the rest.
        refund = _anew(refund, actor)
    returning.end(refund, Refund.State.DONE, note)
    returning.returned(refund, f"by hand {refund.key}", actor=actor, note=note)
    return refund


class MoneyHasGone(OrderError):
    """It is back, or a provider may have been asked for it. It is said at the desk alone."""

    message = _("This money has gone back, or is on its way: it can't be kept any more.")


@transaction.atomic
def take_back(*, refund_id: int, actor: "User", note: str) -> Refund:
    """Keep money after all that staff meant to give back without goods, as long as none of it has left.

    The change stays as it is, and one beside it says that it counts no more, and why; the customer is told. Twice is once.
    Raises PermissionDenied, MoneyHasGone.
    """
    refund = _locked(refund_id)
    order, change = refund.payment.order, refund.change
    use_right(actor=actor, right=OrderRights.REFUND_PART, about=order, refund=refund.key, note=note)
    if change is None or change.kind != OrderChange.Kind.REFUND:
        raise MoneyHasGone
    if OrderChange.objects.filter(undoes=change).exists():
        return refund
    for one in change.refunds.exclude(state=Refund.State.WITHDRAWN):
        if one.state == Refund.State.DONE or one.failed_at:
            raise MoneyHasGone
        if one.state == Refund.State.REFUSED:
            returning.end(one, Refund.State.WITHDRAWN, note)
        elif not returning.withdraw(one, note):
            raise MoneyHasGone
    undone = changes.undo(change, actor=actor, note=note)
    write_email(order=order, kind=EmailKind.CHANGED, sequence=undone.sequence)
    announce(order_id=order.pk, customer_id=order.customer_id)
    refund.refresh_from_db()
    return refund


def _refused(refund_id: int, actor: "User", right: OrderRights, note: str = "") -> Refund:
    """A refused attempt, the latest of its capture, of which something is left, that staff decide about.

    Money that came by hand goes back so: nobody else can do it, so its attempt waits for staff alone.
    """
    refund = _locked(refund_id)
    use_right(actor=actor, right=right, about=refund.payment.order, refund=refund.key, note=note)
    later = refund.capture.refunds.filter(change=refund.change, attempt__gt=refund.attempt)
    waits = refund.state == Refund.State.ASKED and refund.payment.variant in BACK_BY_HAND
    if waits and right == OrderRights.SETTLE_REFUND and not later.exists():
        return refund
    if refund.state != Refund.State.REFUSED or later.exists() or returnable(refund) <= 0:
        raise RefundNotRefused
    return refund


def returnable(refund: Refund) -> Decimal:
    """What a new attempt in the place of a refused one returns: a change's amount at most, else all that is left."""
    free = returning.free_of(refund.capture)
    return min(free, refund.amount) if refund.change else free


def _anew(refund: Refund, actor: "User", note: str = "") -> Refund:
    amount = returnable(refund)
    return returning.open_refund(
        capture=refund.capture,
        cause=refund.cause,
        amount=amount,
        change=refund.change,
        actor=actor,
        note=note,
    )
