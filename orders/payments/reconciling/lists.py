"""Reads a provider's own lists, and asks about what they don't tell of: how open disputes ended, and refunds that failed."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from django.utils import timezone

from orders.models import Dispute, LedgerEntry
from orders.payments.providers.base import NoLists, NotificationKind, PaymentProvider
from orders.payments.providers.movements import Balance, Movement, MovementKind, PaidOut
from orders.payments.providers.registry import provider_named
from orders.payments.reconciling.comparing import SLACK, Mismatch, Reconciled, Wrong, compare
from orders.payments.reconciling.payouts import UNDER_WAY

# What moves while a list is read is read again, with the balance, until both are of one moment: so often at most.
TAIL, READS = timedelta(minutes=5), 3


def reconcile(*, variant: str, since: datetime, until: datetime) -> Reconciled:
    """Compare what a provider lists from `since` until before `until` with the ledger, and ask about the rest.

    Raises UnknownProvider, NoLists, ProviderUnreachable.
    """
    provider = provider_named(variant)
    listed, balance = _read(provider, since - SLACK, min(until, timezone.now()))
    result = compare(variant=variant, since=since, until=until, listed=listed, balance=balance)
    mismatches = [_asked_about(variant, one) for one in result.mismatches]
    result = replace(result, mismatches=[*mismatches, *_closed_there(variant, listed)])
    return replace(result, payouts=_paid_out(provider, since, until, result.payouts))


def _paid_out(
    provider: PaymentProvider, since: datetime, until: datetime, otherwise: list[PaidOut]
) -> list[PaidOut]:
    """The payouts as the provider lists them, those under way again; where it has no such list, what is known otherwise."""
    try:
        return list(provider.list_payouts(since - UNDER_WAY, until))
    except NoLists:
        return otherwise


def _read(provider: PaymentProvider, since: datetime, until: datetime) -> tuple[list[Movement], Balance]:
    """All that moved since then, and a balance that fits to it: of `until`, or where nobody tells of that, of now."""
    edge = max(since, timezone.now() - TAIL)
    listed, balance = list(provider.list_movements(since, edge)), provider.balance(until)
    for _turn in range(READS):
        last = list(provider.list_movements(edge, timezone.now() + SLACK))
        before, balance = balance, provider.balance(until)
        if balance == before:
            break
    return last + listed, balance


def _asked_about(variant: str, mismatch: Mismatch) -> Mismatch:
    """With what an event would have told of a refund that is in no list any more, if the provider says that it failed."""
    if (mismatch.wrong, mismatch.kind) != (Wrong.UNKNOWN_THERE, LedgerEntry.Kind.REFUNDED):
        return mismatch
    try:
        told = provider_named(variant).look_at_refund(mismatch.reference)
    except NoLists:
        return mismatch
    has_failed = told is not None and told.kind == NotificationKind.REFUND_REFUSED
    return replace(mismatch, told=told) if has_failed else mismatch


def _closed_there(variant: str, listed: Iterable[Movement]) -> Iterator[Mismatch]:
    """Disputes that are open here and closed there. What is lost moved its money when it was opened, so no list tells."""
    listed_as_won = {one.charge for one in listed if one.kind == MovementKind.DISPUTE_RETURNED}
    disputes = Dispute.objects.filter(state=Dispute.State.OPEN, payment__variant=variant)
    for dispute in disputes.select_related("payment__order", "capture"):
        try:
            told = provider_named(variant).look_at_dispute(dispute.reference)
        except NoLists:
            return  # staff see it on the desk as long as it is open
        is_listed = dispute.capture.reference in listed_as_won
        if told and told.kind != NotificationKind.DISPUTED and not is_listed:
            yield Mismatch(
                Wrong.CLOSED_THERE,
                dispute.payment.order,
                "dispute",
                dispute.reference,
                dispute.amount,
                dispute.payment.currency,
                dispute.opened_at,
                told=told,
            )
