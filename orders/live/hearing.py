"""What the hub knows of a socket: who is at its other end, and what it can be told."""

from datetime import datetime
from typing import NamedTuple, Protocol

from orders.live.news import News


class Standing(NamedTuple):
    """As whom a socket listens, by which session or key ("" and 0 for the other), and whether to all orders.

    Who came by the link of an email listens as the order's customer, until the link ends.
    """

    user_id: int
    session_key: str
    api_key_id: int
    sees_all: bool
    until: datetime | None = None


class Hearing(Protocol):
    """A socket as the hub sees it (orders/live/sockets.py has the whole of it)."""

    # What kind of socket it is, for those who count them.
    kind: str
    standing: Standing
    version: tuple[object, ...]
    placed: tuple[str, ...]

    def topics(self) -> set[str]:
        """What it hears of."""

    def hear(self, told: News, /) -> None:
        """Take what happened; it is sent later."""

    def judge(self) -> int | None:
        """The code to close with, or None where its user may go on listening."""

    def end(self, code: int | None) -> None:
        """End it, with a code unless its client has left."""
