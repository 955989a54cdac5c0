"""What clients asked and were told, and what the database holds in the end: the two things that are held against each other.

Plain values, so that the clients' process loads nothing of Django and a test writes them by hand. Times are seconds since
1970.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

# Status 0: no answer came, so that nobody knows whether it was done.
NO_ANSWER = 0


@dataclass(frozen=True, kw_only=True)
class Told:
    """One request of one client, and its answer."""

    client: int
    # preview, place, read, payment, pay, decline, cancel, refund
    act: str
    # The id of the preview and so of the order; "" where none is known.
    order: str
    asked_at: float
    told_at: float
    status: int
    # The answer has a Retry-After.
    comes_back: bool = False
    # What the answer says of the order, where it shows one: its status, SKU -> pieces, and what the items cost.
    seen: str = ""
    items: Mapping[str, int] = field(default_factory=dict)
    total: str = ""

    @property
    def is_done(self) -> bool:
        return 200 <= self.status < 400


# One event as a listener heard it and as the feed has it: (cursor, order, type).
Event = tuple[str, str, str]


@dataclass(kw_only=True)
class History:
    """Of all clients; `heard` by client, in the order in which its listener heard it, over all its connections."""

    told: Sequence[Told]
    heard: Mapping[int, Sequence[Event]]


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
    # None: this provider remembers no captures.
    provider_captured: int | None = None
    # When it was placed and when it was confirmed or refused.
    placed_at: float = 0.0
    confirmed_at: float | None = None

    @property
    def status(self) -> str:
        return self.statuses[-1]


@dataclass(frozen=True, kw_only=True)
class StockRow:
    """One product: pieces (or numbers) that there are, those that orders hold, and the fewest that ever were free."""

    there: int
    held: int
    fewest: int = 0


@dataclass(kw_only=True)
class Books:
    """What the database holds when the shop had its rest."""

    orders: Mapping[str, OrderRow]
    stock: Mapping[str, StockRow]
    # Number -> the orders that hold it.
    numbers: Mapping[str, Sequence[str]]
    # By client, in the order of the feed.
    feed: Mapping[int, Sequence[Event]]
    # Events without a position, and what providers told that nobody acted upon.
    waiting: int = 0
    # Lines of `manage.py audit`.
    audit: Sequence[str] = ()
    # Of all logs: the name of the log, and the last line of the traceback.
    tracebacks: Sequence[str] = ()
