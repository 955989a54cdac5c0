"""One client's connection over HTTP, which breaks and is made anew."""

from collections.abc import Sequence
from typing import Any

from benchmarks.load.wire import Answer, Connection

# Seconds that a client waits for an answer.
ANSWER_SECONDS = 12.0
# And for a connection, where there is another door to try.
CONNECT_SECONDS = 2.0
WRONG = (OSError, RuntimeError, ValueError)


# Host and port where the shop can be entered.
Door = tuple[str, int]


class Doors:
    """Where a client enters the shop: the same way each time, and by the next one when that failed."""

    def __init__(self, doors: Sequence[Sequence[Any]], first: int = 0) -> None:
        self.doors: list[Door] = [(host, port) for host, port in doors]
        self.at = first

    def connect(self, headers: dict[str, str], timeout: float) -> Connection:
        host, port = self.doors[self.at % len(self.doors)]
        patience = CONNECT_SECONDS if len(self.doors) > 1 else None
        return Connection(port, headers, timeout=timeout, host=host, connect_timeout=patience)

    def try_next(self) -> None:
        self.at += 1


class Caller:
    """One connection of a client, made anew when it breaks."""

    def __init__(self, doors: Doors, headers: dict[str, str]) -> None:
        self.doors, self.headers = doors, headers
        self.connection: Connection | None = None

    def ask(self, *request: Any, key: str = "") -> Answer | None:
        """The answer; None when there is none."""
        try:
            return self._connected().ask(*request, key=key)
        except WRONG:
            self.drop()
            self.doors.try_next()
            return None

    def abort(self, *request: Any) -> None:
        """Send, and be gone."""
        try:
            self._connected().send(*request)
        except WRONG:
            pass
        self.drop()

    def drop(self) -> None:
        if self.connection:
            self.connection.close()
        self.connection = None

    def _connected(self) -> Connection:
        if self.connection is None:
            self.connection = self.doors.connect(self.headers, ANSWER_SECONDS)
        return self.connection
