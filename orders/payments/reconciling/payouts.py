"""What providers sent to the bank: kept as they tell it, and which amounts of the ledger no payout has had yet.

A provider that says what each payout holds is believed row by row: an amount is in the payout that has its reference. Of
another, a payout holds what moved on the account before it. It is read with the daily comparison, and again for some days,
as a payout is under way so long.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.utils import timezone

from orders.models import Payout, PayoutLine, Reconciliation
from orders.payments.providers.movements import Movement, MovementKind, PaidOut
from orders.reports.dates import began

# A payout is looked at again so long: then it is in the bank, or has failed.
UNDER_WAY = timedelta(days=7)
# So many open amounts are listed.
MAX_OPEN = 1000
NOTHING = Decimal(0)


@dataclass(frozen=True)
class Held:
    """What a payout's rows come to."""

    net: Decimal
    fees: Decimal


def held(told: PaidOut) -> Held | None:
    """The sums of what it says that it holds; None where it says nothing."""
    if told.holds is None:
        return None
    return Held(sum((one.net for one in told.holds), NOTHING), sum((one.fee for one in told.holds), NOTHING))


def is_uneven(told: PaidOut) -> bool:
    """Whether it holds something else than it says."""
    sums = held(told)
    return sums is not None and sums.net != told.amount


def transfers(moved: Iterable[Movement]) -> list[PaidOut]:
    """The payouts of a provider that lists them among all that moved, and does not say what they hold."""
    return [
        PaidOut(one.reference, one.at, -one.net, one.account_currency, Payout.State.PAID)
        for one in moved
        if one.kind == MovementKind.PAID_OUT and one.net < 0
    ]


def keep(run: Reconciliation, told: Iterable[PaidOut]) -> None:
    """Add what is new, and note how far the others have come; in the caller's transaction."""
    for one in sorted(told, key=lambda one: one.reference):
        sums = held(one)
        payout, is_new = Payout.objects.get_or_create(
            variant=run.variant,
            reference=one.reference,
            defaults={
                "found_in": run,
                "at": one.at,
                "state": one.state,
                "currency": one.currency,
                "amount": one.amount,
                "itemized": sums is not None,
                "held": sums.net if sums else None,
                "fees": sums.fees if sums else NOTHING,
            },
        )
        if is_new:
            _keep_lines(payout, one.holds or ())
        elif payout.state != one.state:
            Payout.objects.filter(pk=payout.pk).update(state=one.state)


def _keep_lines(payout: Payout, holds: Iterable[Movement]) -> None:
    PayoutLine.objects.bulk_create(
        PayoutLine(
            payout=payout,
            variant=payout.variant,
            kind=str(one.kind),
            reference=one.reference,
            at=one.at,
            net=one.net,
            fee=one.fee,
        )
        for one in holds
    )


# --- what is in no payout ------------------------------------------------------------------------------------------

# By the time at which it moved, so that the index of the ledger bounds it. A dispute that is lost is a refund in the ledger,
# under the dispute's name.
OPEN = """
SELECT e.order_id, o.number, p.variant, p.currency, e.kind, e.reference,
    CASE e.kind WHEN 'refunded' THEN -e.amount ELSE e.amount END, e.at
FROM orders_ledgerentry e
JOIN orders_payment p ON p.id = e.payment_id
JOIN orders_order o ON o.id = e.order_id
WHERE e.at >= %(since)s AND e.at < %(until)s AND e.kind IN ('captured', 'refunded', 'refund_failed')
    AND e.reference NOT LIKE 'by hand %%'
    AND EXISTS (SELECT FROM orders_payout u WHERE u.variant = p.variant)
    AND NOT EXISTS (
        SELECT FROM orders_payoutline l WHERE l.variant = p.variant AND l.reference = e.reference
            AND (l.kind = e.kind OR l.kind IN ('disputed', 'dispute_returned'))
    )
    AND NOT EXISTS (
        SELECT FROM orders_payout u WHERE NOT u.itemized AND u.state <> 'failed' AND u.variant = p.variant
            AND u.currency = p.currency AND u.at >= e.at
    )
ORDER BY e.at, e.id LIMIT %(most)s
"""


class Open(NamedTuple):
    """An amount of the ledger that is in no payout; what went back is below zero."""

    order_id: UUID
    order: int
    variant: str
    currency: str
    kind: str
    reference: str
    amount: Decimal
    at: datetime

    @property
    def days(self) -> int:
        """Its age."""
        return (timezone.now() - self.at).days


def open_amounts(*, first: date, last: date) -> list[Open]:
    """What moved in these days and is in no payout, the oldest first, of providers that have had one. One statement."""
    within: dict[str, datetime | int] = {
        "since": began(first),
        "until": began(last + timedelta(days=1)),
        "most": MAX_OPEN,
    }
    with connection.cursor() as cursor:
        cursor.execute(OPEN, within)
        return [Open(*row) for row in cursor.fetchall()]


def said(told: PaidOut) -> Iterator[str]:
    """A payout as the command prints it."""
    sums = held(told)
    yield f"{told.at:%Y-%m-%d} payout {told.amount} {told.currency} {told.reference}: {told.state}"
    if sums and told.holds is not None:
        yield f"holds {len(told.holds)} rows, {sums.net} after {sums.fees} of fees"
    if is_uneven(told):
        yield "what it holds is not what it says"
