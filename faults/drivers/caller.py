"""One client's connection over HTTP, which breaks and is made anew."""

from typing import Any

from benchmarks.wire import Answer, Connection

# Seconds that a client waits for an answer.
ANSWER_SECONDS = 12.0
WRONG = (OSError, RuntimeError, ValueError)


class Caller:
    """One connection of a client, made anew when it breaks."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self.port, self.headers = port, headers
        self.connection: Connection | None = None

    def ask(self, *request: Any, key: str = "") -> Answer | None:
        """The answer; None when there is none."""
        try:
            return self._connected().ask(*request, key=key)
        except WRONG:
            self.drop()
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
            self.connection = Connection(self.port, self.headers, timeout=ANSWER_SECONDS)
        return self.connection
