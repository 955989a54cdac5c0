"""Compares the ledger with what a provider says that it did: its own list, not its events.

Every movement on the account is explained by an order or is a mismatch, and so is every row of the ledger that the provider
does not know. What an event would have told is mended as that event would be, so mending twice changes nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from django.db.models import Q, QuerySet
from django.utils import timezone

from orders.models import Dispute, LedgerEntry, Payment, Refund
from orders.payments import effects, provider_events
from orders.payments.providers.base import (
    Movement,
    MovementKind,
    NoLists,
    Notification,
    NotificationKind,
)
from orders.payments.providers.registry import provider_named

Kind, Moved = LedgerEntry.Kind, MovementKind
# The provider dates a movement by its own clock, and some when it has made them, not when it was asked.
SLACK = timedelta(days=1)
# What the ledger calls what the provider lists. A dispute that is lost is a refund in the ledger, under the dispute's name.
CALLED = {
    Moved.CAPTURED: (Kind.CAPTURED,),
    Moved.REFUNDED: (Kind.REFUNDED,),
    Moved.REFUND_FAILED: (Kind.REFUND_FAILED,),
    Moved.DISPUTED: (Kind.DISPUTED, Kind.REFUNDED),
    Moved.DISPUTE_RETURNED: (Kind.DISPUTE_WON, Kind.REFUND_FAILED),
}
DISPUTES = (Moved.DISPUTED, Moved.DISPUTE_RETURNED)
# Rows in which money moved at the provider. What staff settled in another way moved none there.
AT_PROVIDER = Q(kind__in=[Kind.CAPTURED, Kind.REFUNDED, Kind.REFUND_FAILED]) & ~Q(
    reference__startswith="by hand "
)
TELLS = {
    Moved.CAPTURED: NotificationKind.CAPTURED,
    Moved.REFUNDED: NotificationKind.REFUNDED,
    Moved.REFUND_FAILED: NotificationKind.REFUND_REFUSED,
    Moved.DISPUTED: NotificationKind.DISPUTED,
    Moved.DISPUTE_RETURNED: NotificationKind.DISPUTE_WON,
}


class Wrong(StrEnum):
    """What does not match; the value is how it is said."""

    UNKNOWN_HERE = "the ledger does not have it"
    OTHER_AMOUNT = "the ledger has another amount"
    UNKNOWN_THERE = "the provider does not have it"
    CLOSED_THERE = "the provider has closed it"


@dataclass(frozen=True)
class Mismatch:
    """A movement that the ledger does not explain, a row that the provider does not know, or a dispute whose end it knows.

    `order` is its number, `told` what an event of the provider would have told.
    """

    wrong: Wrong
    order: int | None
    what: str
    told: Notification | None = None

    def __str__(self) -> str:
        return f"order {self.order or 'unknown'}: {self.what}: {self.wrong.value}"


@dataclass(frozen=True)
class Explained:
    movement: Movement
    order: int

    def __str__(self) -> str:
        return f"order {self.order}: {_said(self.movement)}"


@dataclass
class Statement:
    """One day (UTC) of the account in one currency: from the opening balance to the closing one."""

    day: date
    currency: str
    opening: Decimal = Decimal(0)
    captured: Decimal = Decimal(0)
    refunded: Decimal = Decimal(0)
    disputes: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)
    other: Decimal = Decimal(0)
    paid_out: Decimal = Decimal(0)

    @property
    def closing(self) -> Decimal:
        moved = (self.captured, self.refunded, self.disputes, self.fees, self.other, self.paid_out)
        return self.opening + sum(moved, Decimal(0))

    def add(self, movement: Movement) -> None:
        """Count a movement in; fees are counted apart from what they were taken from."""
        part = _PARTS.get(movement.kind, "other")
        setattr(self, part, getattr(self, part) + movement.net + movement.fee)
        self.fees -= movement.fee


_PARTS = {
    Moved.CAPTURED: "captured",
    Moved.REFUNDED: "refunded",
    Moved.REFUND_FAILED: "refunded",
    Moved.DISPUTED: "disputes",
    Moved.DISPUTE_RETURNED: "disputes",
    Moved.FEE: "fees",
    Moved.PAID_OUT: "paid_out",
}


@dataclass(frozen=True)
class Reconciled:
    """What came out. `foreign` are movements of other applications on the account."""

    explained: list[Explained]
    mismatches: list[Mismatch]
    foreign: list[Movement]
    statements: list[Statement]


def reconcile(*, variant: str, since: datetime, until: datetime) -> Reconciled:
    """Compare a provider's movements from `since` until before `until` with the ledger; changes nothing.

    Raises UnknownProvider, NoLists, ProviderUnreachable.
    """
    provider = provider_named(variant)
    listed = list(provider.list_movements(since - SLACK, timezone.now() + SLACK))
    within = sorted((one for one in reversed(listed) if since <= one.at < until), key=lambda one: one.at)
    explained, mismatches, foreign = [], [], []
    for movement in within:
        if _came_to_nothing_there(variant, movement, listed):
            continue
        found = _look_up(variant, movement)
        if isinstance(found, Explained):
            explained.append(found)
        elif found is not None:
            mismatches.append(found)
        elif movement.kind in CALLED:
            foreign.append(movement)
    mismatches += [*_unknown_there(variant, since, until, listed), *_closed_there(variant, listed)]
    since_then = [one for one in listed if one.at >= since]
    return Reconciled(explained, mismatches, foreign, statements(within, since_then, provider.balance()))


def mend(*, variant: str, mismatch: Mismatch) -> str:
    """Do what the event of a movement would have done that the ledger does not have; what staff should know.

    Raises ValueError for what only a person can decide about.
    """
    if mismatch.told is None:
        raise ValueError(mismatch)
    event = provider_events.keep(variant=variant, notification=mismatch.told)
    return provider_events.act(event_id=event.pk).remark


def is_mendable(mismatch: Mismatch) -> bool:
    """Whether an event would have told of it: then the shop knows what to do."""
    return mismatch.told is not None


def _told(movement: Movement) -> Notification:
    kind = TELLS[movement.kind]
    return Notification(
        event_id=f"reconciled {kind} {movement.reference}",
        kind=kind,
        token="" if movement.kind in DISPUTES else movement.token,
        amount=movement.amount,
        currency=movement.currency,
        reference=movement.reference,
        key=movement.key,
        charge=movement.charge,
        fee=movement.fee if movement.kind == Moved.DISPUTED else None,
        note="it came back" if movement.kind == Moved.REFUND_FAILED else "",
    )


def _look_up(variant: str, movement: Movement) -> Explained | Mismatch | None:
    """What explains a movement, or that nothing does; None for what is not the shop's, or no order's."""
    if movement.kind not in CALLED:
        return None
    if row := _row_of(variant, movement):
        if (row.amount, row.payment.currency) == (movement.amount, movement.currency):
            return Explained(movement, row.order.number)
        return Mismatch(Wrong.OTHER_AMOUNT, row.order.number, _said(movement))
    payment = effects.payment_of(_told(movement), variant)
    if payment is None and movement.charge:
        payment = effects.payment_of(
            Notification("", NotificationKind.OTHER, charge=movement.charge), variant
        )
    if payment is None or payment.variant != variant or _is_under_way(payment, movement):
        return None
    return Mismatch(Wrong.UNKNOWN_HERE, payment.order.number, _said(movement), _told(movement))


def _row_of(variant: str, movement: Movement) -> LedgerEntry | None:
    """The row of a movement: of its name, or for a dispute that goes by another name in the list, of its charge."""
    rows = _rows(variant).filter(kind__in=CALLED[movement.kind])
    row = rows.filter(reference=movement.reference).first()
    if row is None and movement.kind in DISPUTES and movement.charge:
        charged = {"payment__ledger__kind": Kind.CAPTURED, "payment__ledger__reference": movement.charge}
        row = rows.filter(**charged, amount=movement.amount).exclude(kind=Kind.REFUND_FAILED).first()
    return row


def _is_under_way(payment: Payment, movement: Movement) -> bool:
    """Whether it is a refund that was asked for: some are listed before they are done."""
    asked = payment.refunds.filter(state=Refund.State.ASKED)
    return movement.kind == Moved.REFUNDED and movement.key in {refund.key for refund in asked}


def _unknown_there(
    variant: str, since: datetime, until: datetime, listed: Iterable[Movement]
) -> Iterator[Mismatch]:
    known: set[tuple[object, ...]] = {
        (called, one.reference) for one in listed for called in CALLED.get(one.kind, ())
    }
    known |= {
        (called, one.charge, one.amount)
        for one in listed
        if one.kind in DISPUTES
        for called in CALLED[one.kind]
    }
    for row in _rows(variant).filter(AT_PROVIDER, at__gte=since, at__lt=until).select_related("capture"):
        if known & _names(row) or _came_to_nothing(row, since - SLACK, known):
            continue
        what = f"{row.kind} {row.amount} {row.payment.currency} {row.reference}"
        yield Mismatch(Wrong.UNKNOWN_THERE, row.order.number, what, _failed_there(variant, row))


def _names(row: LedgerEntry) -> set[tuple[object, ...]]:
    """By what a row of the ledger may be in the provider's list."""
    disputes = Dispute.objects.filter(payment=row.payment_id, reference=row.reference)
    disputed = disputes.select_related("capture").first()
    capture = row.capture or (disputed.capture if disputed else None)
    return {(row.kind, row.reference), (row.kind, capture.reference if capture else "", row.amount)}


def _failed_there(variant: str, row: LedgerEntry) -> Notification | None:
    """What an event would have told of a refund that is in no list any more, if the provider says that it failed."""
    if row.kind != Kind.REFUNDED:
        return None
    try:
        told = provider_named(variant).look_at_refund(row.reference)
    except NoLists:
        return None
    return told if told and told.kind == NotificationKind.REFUND_REFUSED else None


def _came_to_nothing(row: LedgerEntry, since: datetime, known: set[tuple[object, ...]]) -> bool:
    """Whether it is half of a refund that failed, of which the list has neither half: PayPal lists what moved in the end."""
    halves = {str(kind) for kind in LedgerEntry.RETURNS}
    if row.kind not in halves:
        return False
    (other,) = halves - {row.kind}
    found = row.payment.ledger.filter(kind=other, reference=row.reference, amount=row.amount, at__gte=since)
    return not known & {(other, row.reference)} and found.exists()


def _came_to_nothing_there(variant: str, movement: Movement, listed: Iterable[Movement]) -> bool:
    """Whether it is half of a refund that failed, of which the ledger has neither half: the shop heard of its end alone."""
    if movement.kind not in (Moved.REFUNDED, Moved.REFUND_FAILED):
        return False
    halves = {
        one.kind for one in listed if (one.reference, one.amount) == (movement.reference, movement.amount)
    }
    known = _rows(variant).filter(kind__in=LedgerEntry.RETURNS, reference=movement.reference)
    return halves >= {Moved.REFUNDED, Moved.REFUND_FAILED} and not known.exists()


def _closed_there(variant: str, listed: Iterable[Movement]) -> Iterator[Mismatch]:
    """Disputes that are open here and closed there. What is lost moved its money when it was opened, so no list tells."""
    listed_as_won = {one.charge for one in listed if one.kind == Moved.DISPUTE_RETURNED}
    disputes = Dispute.objects.filter(state=Dispute.State.OPEN, payment__variant=variant)
    for dispute in disputes.select_related("payment__order", "capture"):
        try:
            told = provider_named(variant).look_at_dispute(dispute.reference)
        except NoLists:
            return  # staff see it on the desk as long as it is open
        is_listed = dispute.capture.reference in listed_as_won
        if told and told.kind != NotificationKind.DISPUTED and not is_listed:
            what = f"dispute {dispute.reference}"
            yield Mismatch(Wrong.CLOSED_THERE, dispute.payment.order.number, what, told)


def _rows(variant: str) -> QuerySet[LedgerEntry]:
    return LedgerEntry.objects.filter(payment__variant=variant).select_related("payment", "order")


def _said(movement: Movement) -> str:
    return f"{movement.kind} {movement.amount} {movement.currency} {movement.reference}"


def statements(
    within: Iterable[Movement], since_then: Iterable[Movement], balance: dict[str, Decimal]
) -> list[Statement]:
    """A statement for each day and currency, counted back from the account's balance now.

    `since_then` is all that has moved from the first day until now.
    """
    opening = dict(balance)
    for movement in since_then:
        currency = movement.account_currency
        opening[currency] = opening.get(currency, Decimal(0)) - movement.net
    made: dict[tuple[str, date], Statement] = {}
    for movement in within:
        key = (movement.account_currency, movement.at.date())
        if key not in made:
            made[key] = Statement(day=key[1], currency=key[0])
        made[key].add(movement)
    for (currency, _day), statement in sorted(made.items()):
        statement.opening = opening[currency]
        opening[currency] = statement.closing
    return [made[key] for key in sorted(made, key=lambda key: (key[1], key[0]))]
