"""Compares the ledger with what a provider says that it did: its own list, not its events.

Every movement on the account is explained by an order or is a mismatch, and so is every row of the ledger that the provider
does not know. What an event would have told is mended as that event would be, so mending twice changes nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Q, QuerySet

from orders.models import Dispute, LedgerEntry, MoneyMismatch, Order, Payment, Refund
from orders.payments import effects, keeping, provider_events
from orders.payments.providers.base import Notification, NotificationKind
from orders.payments.providers.movements import Balance, Movement, MovementKind, PaidOut
from orders.payments.reconciling.payouts import transfers
from orders.payments.reconciling.statements import Statement, statements

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


Wrong = MoneyMismatch.Wrong


@dataclass(frozen=True)
class Mismatch:
    """A movement that the ledger does not explain, a row that the provider does not know, or a dispute whose end it knows.

    `told` is what an event of the provider would have told.
    """

    wrong: MoneyMismatch.Wrong
    order: Order
    kind: str
    reference: str
    amount: Decimal
    currency: str
    at: datetime
    movement: Movement | None = None
    told: Notification | None = None

    def __str__(self) -> str:
        what = f"{self.kind} {self.amount} {self.currency} {self.reference}"
        return f"order {self.order.number}: {what}: {self.wrong.label}"


@dataclass(frozen=True)
class Explained:
    movement: Movement
    order: int

    def __str__(self) -> str:
        return f"order {self.order}: {_said(self.movement)}"


@dataclass(frozen=True)
class Reconciled:
    """What came out. `foreign` are movements of other applications on the account."""

    explained: list[Explained]
    mismatches: list[Mismatch]
    foreign: list[Movement]
    statements: list[Statement]
    payouts: list[PaidOut]


def compare(
    *,
    variant: str,
    since: datetime,
    until: datetime,
    listed: list[Movement],
    balance: Balance,
    margin: timedelta = timedelta(0),
) -> Reconciled:
    """Compare what a provider lists with the ledger, from `since` until before `until`; changes nothing.

    What is listed outside of the time only explains what is within.

    A list without anything outside has a `margin`: of what we dated there, the provider may have dated some outside.
    """
    # Stripe lists the newest first; of what has the same second, the order in which it was booked stays.
    within = sorted((one for one in reversed(listed) if since <= one.at < until), key=lambda one: one.at)
    explained, mismatches, foreign = [], [], []
    for movement in within:
        if _came_to_nothing_there(variant, movement, listed):
            continue
        found = look_up(variant, movement)
        if isinstance(found, Explained):
            explained.append(found)
        elif found is not None:
            mismatches.append(found)
        elif movement.kind in CALLED:
            foreign.append(movement)
    mismatches += _unknown_there(variant, since + margin, until - margin, listed)
    since_then = [one for one in listed if one.at >= since]
    return Reconciled(
        explained, mismatches, foreign, statements(within, since_then, balance), transfers(within)
    )


def mend(*, variant: str, told: Notification) -> str:
    """Do what an event would have done that the ledger does not have; what staff should know."""
    event = keeping.keep(variant=variant, notification=told)
    return provider_events.act(event_id=event.pk).remark


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


def look_up(variant: str, movement: Movement) -> Explained | Mismatch | None:
    """What explains a movement, or that nothing does; None for what is not the shop's, or no order's."""
    if movement.kind not in CALLED:
        return None
    if row := _row_of(variant, movement):
        if (row.amount, row.payment.currency) == (movement.amount, movement.currency):
            return Explained(movement, row.order.number)
        return _mismatch(Wrong.OTHER_AMOUNT, row.order, movement)
    payment = effects.payment_of(_told(movement), variant)
    if payment is None and movement.charge:
        payment = effects.payment_of(
            Notification("", NotificationKind.OTHER, charge=movement.charge), variant
        )
    if payment is None or payment.variant != variant or _is_under_way(payment, movement):
        return None
    return _mismatch(Wrong.UNKNOWN_HERE, payment.order, movement, _told(movement))


def _mismatch(
    wrong: MoneyMismatch.Wrong, order: Order, movement: Movement, told: Notification | None = None
) -> Mismatch:
    return Mismatch(
        wrong,
        order,
        str(movement.kind),
        movement.reference,
        movement.amount,
        movement.currency,
        movement.at,
        movement,
        told,
    )


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
        told = (row.kind, row.reference, row.amount, row.payment.currency, row.at)
        yield Mismatch(Wrong.UNKNOWN_THERE, row.order, *told)


def _names(row: LedgerEntry) -> set[tuple[object, ...]]:
    """By what a row of the ledger may be in the provider's list."""
    disputes = Dispute.objects.filter(payment=row.payment_id, reference=row.reference)
    disputed = disputes.select_related("capture").first()
    capture = row.capture or (disputed.capture if disputed else None)
    return {(row.kind, row.reference), (row.kind, capture.reference if capture else "", row.amount)}


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


def _rows(variant: str) -> QuerySet[LedgerEntry]:
    return LedgerEntry.objects.filter(payment__variant=variant).select_related("payment", "order")


def _said(movement: Movement) -> str:
    return f"{movement.kind} {movement.amount} {movement.currency} {movement.reference}"
