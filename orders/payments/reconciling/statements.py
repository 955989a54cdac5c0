"""The days of a provider's account: what it held, what moved, and what it held then. Days are the shop's (TIME_ZONE)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils import timezone

from orders.models import ProviderStatement, Reconciliation
from orders.payments.providers.movements import Balance, Movement
from orders.payments.providers.movements import MovementKind as Moved

NOTHING = Decimal(0)
PARTS, COLUMNS = ProviderStatement.PARTS, ProviderStatement.COLUMNS
_PART_OF = {
    Moved.CAPTURED: "captured",
    Moved.REFUNDED: "refunded",
    Moved.REFUND_FAILED: "refunded",
    Moved.DISPUTED: "disputes",
    Moved.DISPUTE_RETURNED: "disputes",
    Moved.FEE: "fees",
    Moved.PAID_OUT: "paid_out",
}


@dataclass
class Statement:
    """One day of the account in one currency: from the opening balance to the closing one."""

    day: date
    currency: str
    opening: Decimal = NOTHING
    captured: Decimal = NOTHING
    refunded: Decimal = NOTHING
    disputes: Decimal = NOTHING
    fees: Decimal = NOTHING
    other: Decimal = NOTHING
    paid_out: Decimal = NOTHING

    @property
    def closing(self) -> Decimal:
        return self.opening + sum((getattr(self, part) for part in PARTS), NOTHING)

    def add(self, movement: Movement) -> None:
        """Count a movement in; fees are counted apart from what they were taken from."""
        part = _PART_OF.get(movement.kind, "other")
        setattr(self, part, getattr(self, part) + movement.net + movement.fee)
        self.fees -= movement.fee


def statements(
    within: Iterable[Movement], since_then: Iterable[Movement], balance: Balance
) -> list[Statement]:
    """A statement for each day and currency in which something moved, counted back from the account's balance.

    `since_then` is all that is known to have moved from the first day on.
    """
    opening = dict(balance.held)
    for movement in since_then:
        if balance.at is None or movement.at < balance.at:
            currency = movement.account_currency
            opening[currency] = opening.get(currency, NOTHING) - movement.net
    made: dict[tuple[str, date], Statement] = {}
    for movement in within:
        key = (movement.account_currency, timezone.localtime(movement.at).date())
        made.setdefault(key, Statement(day=key[1], currency=key[0])).add(movement)
    for (currency, _day), statement in sorted(made.items()):
        statement.opening = opening.get(currency, NOTHING)
        opening[currency] = statement.closing
    return [made[key] for key in sorted(made, key=lambda key: (key[1], key[0]))]


def keep(run: Reconciliation, days: Iterable[Statement]) -> None:
    """Add a row for each; in the caller's transaction."""
    ProviderStatement.objects.bulk_create(
        ProviderStatement(
            reconciliation=run,
            variant=run.variant,
            currency=day.currency,
            day=day.day,
            **{column: getattr(day, column) for column in COLUMNS},
        )
        for day in days
    )
