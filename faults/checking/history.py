"""What clients asked and were told, and what the database holds in the end: the two things that are held against each other.

Plain values, so that the clients' process loads nothing of Django and a test writes them by hand. Times are seconds since
1970.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

# Status 0: no answer came, so that nobody knows whether it was done.
NO_ANSWER = 0


@dataclass(frozen=True, kw_only=True)
class Told:
    """One request of one client, and its answer."""

    client: int
    # preview, place, read, payment, pay, decline, cancel, refund; received; what staff.py, doors.py and guests.py do
    act: str
    # The id of the preview and so of the order; "" where none is known.
    order: str
    asked_at: float
    told_at: float
    status: int
    # Of a refusal: its code, and what it says.
    why: str = ""
    # The answer has a Retry-After.
    comes_back: bool = False
    # What the answer says of the order, where it shows one: its status, SKU -> pieces, and what the items cost.
    seen: str = ""
    items: Mapping[str, int] = field(default_factory=dict)
    total: str = ""
    # What the request names so that it is done once however often it is sent: a change's id, a reference, a key.
    once: str = ""
    # What a preview said before that it gives back, in cents.
    promised: int | None = None
    # Where the parcel goes from now on.
    house: str = ""

    @property
    def is_done(self) -> bool:
        return 200 <= self.status < 400

    @property
    def is_refusal(self) -> bool:
        """A final answer that nothing was done; without an answer, or after an error, nobody knows."""
        return 400 <= self.status < 500


class Finding(NamedTuple):
    """One thing that is wrong: its column, and what it is in words."""

    column: str
    what: str


# One event as a listener heard it and as the feed has it: (cursor, order, type).
Event = tuple[str, str, str]


@dataclass(kw_only=True)
class History:
    """Of all clients; `heard` by client, in the order in which its listener heard it, over all its connections."""

    told: Sequence[Told]
    heard: Mapping[int, Sequence[Event]]
    # By client, of those who have a receiver of webhooks: what came there and was taken, in the order in which it came.
    taken: Mapping[int, Sequence[Event]] = field(default_factory=dict)
    # Message-IDs of letters that the mail server took; None if there is none that can tell.
    letters: Collection[str] | None = None


@dataclass(frozen=True, kw_only=True)
class LineRow:
    """Pieces of one line."""

    ordered: int
    sent: int = 0
    canceled: int = 0
    returned: int = 0


@dataclass(frozen=True, kw_only=True)
class OrderRow:
    client: int
    # In order, the first is "pending".
    statuses: Sequence[str]
    items: Mapping[str, int]
    total: str
    # With shipping, and what the ledger and the provider have, in cents.
    due: int = 0
    captured: int = 0
    returned: int = 0
    provider_returned: int = 0
    # Of what was returned, what no provider knows: it is on a gift card again, or has paid for other pieces.
    returned_elsewhere: int = 0
    # None: this provider remembers no captures.
    provider_captured: int | None = None
    # When it was placed and when it was confirmed or refused.
    placed_at: float = 0.0
    confirmed_at: float | None = None
    # What became of it after it was paid: its lines, by SKU; its changes, by id, in cents; its parcels; transfers that
    # paid it, by reference; pieces of gift cards that it has sold, and cards that there are of it.
    lines: Mapping[str, LineRow] = field(default_factory=dict)
    changes: Mapping[str, int] = field(default_factory=dict)
    parcels: int = 0
    transfers: Mapping[str, int] = field(default_factory=dict)
    cards_sold: int = 0
    cards: int = 0
    # The change that it was got in exchange by; "" if it is none.
    exchange: str = ""
    # The change that is made once it is paid: it pays that one's difference; "" if it pays none.
    difference: str = ""
    # The first line of where its parcel goes.
    house: str = ""

    @property
    def status(self) -> str:
        return self.statuses[-1]


@dataclass(frozen=True, kw_only=True)
class StockRow:
    """One product: pieces (or numbers) that there are, those that orders hold, and the fewest that ever were free."""

    there: int
    held: int
    fewest: int = 0
    # What staff have received by name since the run began: the name -> how often it is booked.
    received: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PromotionRow:
    """One promotion: how often it may be used, how often it says that it was, and orders that have a use of it."""

    limit: int | None
    used: int
    having: int
    # The same for each customer: how often, and how many orders the one has who has most.
    limit_each: int | None = None
    most: int = 0


@dataclass(frozen=True, kw_only=True)
class CardRow:
    """One gift card, in cents: what is on it; what came on it from outside, was taken for orders, and came back of that.

    `at_orders` is what orders hold of it, or have paid with it and did not get back, by their own rows.
    """

    balance: int
    issued: int
    taken: int
    returned: int
    at_orders: int


@dataclass(kw_only=True)
class Books:
    """What the database holds when the shop had its rest."""

    orders: Mapping[str, OrderRow]
    stock: Mapping[str, StockRow]
    # Number -> the orders that hold it.
    numbers: Mapping[str, Sequence[str]]
    # By code, and by the end of the code.
    promotions: Mapping[str, PromotionRow] = field(default_factory=dict)
    gift_cards: Mapping[str, CardRow] = field(default_factory=dict)
    # By client, in the order of the feed.
    feed: Mapping[int, Sequence[Event]]
    # Events without a position, and what providers told that nobody acted upon.
    waiting: int = 0
    # Message-IDs of emails that the shop has sent.
    sent: Collection[str] = ()
    # Lines of `manage.py audit`.
    audit: Sequence[str] = ()
    # Of all logs: the name of the log, and the last line of the traceback.
    tracebacks: Sequence[str] = ()
