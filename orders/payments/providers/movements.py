"""What moved money on the shop's account at a provider, as the provider's own lists tell it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple


class MovementKind(StrEnum):
    """What moved money on the shop's account at a provider."""

    CAPTURED = "captured"
    REFUNDED = "refunded"
    REFUND_FAILED = "refund_failed"
    DISPUTED = "disputed"
    DISPUTE_RETURNED = "dispute_returned"
    FEE = "fee"
    PAID_OUT = "paid_out"
    OTHER = "other"


@dataclass(frozen=True)
class Movement:
    """One movement on the shop's account, from the provider's own list.

    `amount` is what it is about, and above zero, in the charge's own `currency`; `net` is how the account's balance
    changed by it in the account's `account_currency`, after the `fee` that is part of it. `reference` is the provider's name
    of the charge, refund, dispute or payout, as events and the ledger have it, `charge` that of the charge that goes back;
    `token` and `key` are ours, where we wrote them on it.
    """

    kind: MovementKind
    reference: str
    at: datetime
    amount: Decimal
    currency: str
    net: Decimal
    fee: Decimal
    account_currency: str
    charge: str = ""
    token: str = ""
    key: str = ""


@dataclass(frozen=True)
class PaidOut:
    """What a provider sent to the shop's bank: so much of the account's `currency`.

    `state` is a Payout.State. `holds` is what moved and is in it, None where the provider does not say.
    """

    reference: str
    at: datetime
    amount: Decimal
    currency: str
    state: str
    holds: tuple[Movement, ...] | None = None


class Balance(NamedTuple):
    """What an account held by currency, also what can't be paid out yet; without `at`, what it holds now."""

    held: dict[str, Decimal]
    at: datetime | None = None


class Report(NamedTuple):
    """A file of a provider: all that moved on the account from `since` until before `until`."""

    since: datetime
    until: datetime
    movements: list[Movement]
