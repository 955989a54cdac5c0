"""What the shop asks of a payment provider, and what a provider tells: one interface, whichever provider it is."""

import hashlib
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from orders.payments.providers.movements import Balance, Movement, PaidOut, Report

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

    from orders.models import Order, Payment

log = logging.getLogger(__name__)
# Letters of an event's name that are kept.
MAX_EVENT_ID = 255


class ProviderError(Exception):
    """A provider did not do what it was asked."""


class ProviderUnreachable(ProviderError):
    """The provider did not answer, or not clearly: it is unknown whether it did what it was asked."""


class UnknownProvider(ProviderUnreachable):
    """No provider of this name is in the settings (any more), so it can't be asked."""


class SessionRefused(ProviderError):
    """There is no page to pay on: the provider's definite no, or the payment ended while the session was begun."""


class SessionPaid(ProviderError):
    """A session can't be expired: the customer has paid in it, or is paying in it at this moment."""


class RefundRefused(ProviderError):
    """The provider's definite no; the message is its reason."""


class BadSignature(Exception):
    """What came to the webhook was not signed by the provider."""


@dataclass(frozen=True)
class ProviderRefund:
    """A refund as the provider knows it, of the charge with the reference `charge`.

    Until `is_done` the money is on its way, or waits for somebody if it `needs_action`. One without a `key` of ours was made
    by hand at the provider.
    """

    reference: str
    amount: Decimal
    key: str
    is_done: bool = True
    charge: str = ""
    needs_action: bool = False


class NotificationKind(StrEnum):
    """What a provider tells; OTHER is for what does not concern us.

    AUTHORISED: the customer's bank or wallet approved the amount, and no money has moved yet. REFUNDS_CHANGED: something of
    a charge went back, and the provider's list has to say what.
    """

    AUTHORISED = "authorised"
    CAPTURED = "captured"
    DECLINED = "declined"
    EXPIRED = "expired"
    REFUNDED = "refunded"
    REFUND_REFUSED = "refund_refused"
    REFUNDS_CHANGED = "refunds_changed"
    DISPUTED = "disputed"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"
    OTHER = "other"


@dataclass(frozen=True)
class Notification:
    """What one event of a provider says, once its signature is checked, in our words.

    `event_id` is unique at the provider, `token` names our payment, `reference` the provider's charge or refund, `key`
    our idempotency key of a refund, `charge` the charge that a refund returns or a dispute is about; `amount` and `fee`
    are in the charge's currency, `note` the provider's reason in words, `due` the end of a dispute's evidence (Unix time).
    """

    event_id: str
    kind: NotificationKind
    token: str = ""
    amount: Decimal | None = None
    currency: str = ""
    reference: str = ""
    key: str = ""
    note: str = ""
    charge: str = ""
    fee: Decimal | None = None
    due: str = ""


def understood(
    event: object, body: bytes, read: Callable[[str, dict[str, Any]], Notification]
) -> Notification:
    """What a well-signed event says, by `read`, which takes its id and the event.

    What `read` can't make sense of is OTHER: a provider would send a refused event for days, so it is kept for people
    to look at. An event without a name that can be kept is named after its body.
    """
    event_id = _id_of(event) or hashlib.sha256(body).hexdigest()
    try:
        if not isinstance(event, dict):
            raise TypeError("not an object")
        notification = read(event_id, event)
        _check_text("".join(map(str, asdict(notification).values())))
    except (LookupError, TypeError, AttributeError, ArithmeticError, ValueError) as error:
        log.warning("event %s is not understood: %r", event_id, error)
        return Notification(event_id, NotificationKind.OTHER)
    return notification


def _id_of(event: object) -> str:
    known = event.get("id") if isinstance(event, dict) else None
    return known if isinstance(known, str) and len(known) <= MAX_EVENT_ID and known.isprintable() else ""


def _check_text(text: str) -> None:
    """Raise ValueError where the database could not keep the text: JSON can spell NUL, and half of a character."""
    text.encode()
    if "\0" in text:
        raise ValueError("a NUL in the text")


class Scheduled(NamedTuple):
    """A notification that comes by another way than the webhook, to be acted on after so many seconds."""

    notification: Notification
    seconds: int = 0


class BadReport(ProviderError):
    """A file is no report of this provider, or not a whole one."""


class NoLists(ProviderError):
    """This provider keeps no list of what it did, or the account may not read it."""


class PaymentProvider(ABC):
    """A payment provider as the shop needs it: it notifies, can be asked twice, and knows what it has done.

    `label` is what customers read where they choose between several, `name` what staff call it, if that is another. One that
    `has_lists` can be asked for all that moved. Of one that `is_by_hand` staff say what came and what went back.
    """

    label: "str | StrPromise" = ""
    name: "str | StrPromise" = ""
    has_lists = False
    is_by_hand = False

    def takes(self, order: "Order") -> bool:
        """Whether an order may be paid in this way."""
        return True

    @abstractmethod
    def begin_session(self, payment: "Payment") -> str:
        """The address of the page where the customer pays; empty if it is our own pay page, whose form `read_form` reads.

        Asked again it is the same session as long as that is open. Raises SessionRefused, ProviderUnreachable.
        """

    def read_form(self, payment: "Payment", data: Mapping[str, Any]) -> list[Scheduled]:
        """What the form on our own pay page tells; nothing where the provider has a page of its own."""
        return []

    @abstractmethod
    def read_event(self, body: bytes, headers: Mapping[str, str]) -> Notification:
        """The event in a webhook's raw body, its signature checked.

        Raises BadSignature, and ProviderUnreachable where only the provider itself can check it.
        """

    def other_version(self, body: bytes) -> str:
        """The version of its API that a well-signed event is written in, if it is not the one that we are written for."""
        return ""

    def complaints_about_webhook(self, url: str) -> list[str]:
        """What is wrong at the provider with the webhook that sends to this address, a line for each thing.

        Raises NoLists where that can't be read, ProviderUnreachable.
        """
        raise NoLists

    def look(self, payment: "Payment") -> Notification | None:
        """What became of the payment's session, as an event of it would tell; None if nothing has happened in it.

        AUTHORISED: the money is on its way, and nobody knows yet whether it comes. Raises ProviderUnreachable.
        """
        return None

    def take(self, payment: "Payment") -> Notification | None:
        """Take the money that the customer approved, where the provider does not by itself; tells what `look` does.

        May be asked again and beside itself: the money is taken once. Raises ProviderUnreachable.
        """
        return self.look(payment)

    @abstractmethod
    def expire(self, payment: "Payment") -> None:
        """Make sure that nothing can be paid any more in the payment's open session, if it has one.

        Raises SessionPaid, ProviderUnreachable. A provider that can't expire sessions does nothing.
        """

    @abstractmethod
    def list_refunds(self, payment: "Payment") -> list[ProviderRefund]:
        """Every refund of this payment that the provider knows. Raises ProviderUnreachable."""

    def list_movements(self, since: datetime, until: datetime) -> Iterator[Movement]:
        """All that moved on the account from `since` until before `until`.

        Raises NoLists, ProviderUnreachable.
        """
        raise NoLists

    def list_payouts(self, since: datetime, until: datetime) -> Iterator[PaidOut]:
        """What was sent to the bank from `since` until before `until`, with what each holds.

        Raises NoLists where it is told among the movements alone, or may not be read; ProviderUnreachable.
        """
        raise NoLists

    def look_at_refund(self, reference: str) -> Notification | None:
        """What became of a refund, as an event of it would tell; None if the provider does not know it.

        Raises NoLists, ProviderUnreachable.
        """
        raise NoLists

    def look_at_dispute(self, reference: str) -> Notification | None:
        """How a dispute stands, as an event of it would tell; None if the provider does not know it.

        Raises NoLists, ProviderUnreachable.
        """
        raise NoLists

    def balance(self, at: datetime) -> Balance:
        """What the account held at a moment, or holds now where that is all that is told.

        Raises NoLists, ProviderUnreachable.
        """
        raise NoLists

    def read_report(self, lines: Iterable[str]) -> Report:
        """What a report says that the provider gives out as a file, line by line. Raises NoLists, BadReport."""
        raise NoLists

    @abstractmethod
    def ask_refund(self, payment: "Payment", amount: Decimal, key: str) -> ProviderRefund:
        """Return money; the same key again is the same refund. Raises RefundRefused, ProviderUnreachable."""
