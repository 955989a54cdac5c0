"""A circuit breaker: when a server stops answering, one caller finds out, and all others go on without it at once.

A server that hangs costs each caller its whole timeout, and callers that wait keep the threads from everybody else. So
after a failure no caller asks any more; a thread of its own tries until there is a sign of life. Then callers ask again,
and the first of them that fails opens the breaker once more, for twice as long: a server can answer signs of life and
nothing else. Each process has its own breaker.
"""

import logging
import os
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from redis.exceptions import ConnectionError as NotReached
from redis.exceptions import TimeoutError as NoAnswer

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")
# Seconds between two tries of a server that is away: the first, and the most that this is doubled to. Only an answer to
# a caller begins with the first again.
FIRST_PAUSE, MAX_PAUSE = 0.25, 4.0


class Away(NotReached):
    """Not asked: the server did not answer the last time."""


class Breaker:
    """Guards one server, which `try_it` asks for a sign of life; that raises one of `lost` when there is none.

    It opens `after` so many failures in a row. `tell` hears of it from the thread that waits: what the failure was, at once
    and each time that there is no sign of life, and nothing once the server is back.
    """

    def __init__(
        self,
        name: str,
        try_it: Callable[[], object],
        *,
        lost: tuple[type[Exception], ...] = (NotReached, NoAnswer),
        after: int = 1,
        tell: Callable[[str], object] = lambda failure: None,
    ) -> None:
        self.name = name
        self.try_it = try_it
        self._lost, self._after, self._failures = lost, after, 0
        self._pause = 0.0
        self._tell = tell
        self._changing = threading.Lock()
        # The process that waits for the server to come back; a fork begins anew.
        self._open_in: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether the server is left alone for now."""
        return self._open_in == os.getpid()

    def call(self, ask: Callable[[], Answer]) -> Answer:
        """What the server answers. Raises Away without asking while it is left alone."""
        if self.is_open:
            raise Away(f"{self.name} is away")
        try:
            answer = ask()
        except self._lost as error:
            self._failed(error)
            raise
        self._failures, self._pause = 0, 0.0
        return answer

    def _failed(self, error: Exception) -> None:
        with self._changing:
            self._failures += 1
            if self.is_open or self._failures < self._after:
                return
            self._open_in = os.getpid()
        log.warning("%s does not answer, going on without it: %s", self.name, error)
        threading.Thread(
            target=self._until_back, args=(str(error),), name=f"waits for {self.name}", daemon=True
        ).start()

    def _until_back(self, failure: str) -> None:
        self._say(failure)
        self._wait()
        while not self._is_back():
            self._say(failure)
            self._wait()
        self._failures = self._after - 1
        self._open_in = None
        self._say("")
        log.warning("%s answers again", self.name)

    def _say(self, failure: str) -> None:
        """An error of who is told may not end the thread: the breaker would stay open for ever."""
        try:
            self._tell(failure)
        except Exception:
            log.exception("nobody is told that %s does not answer", self.name)

    def _wait(self) -> None:
        time.sleep(self._pause)
        self._pause = min(max(2 * self._pause, FIRST_PAUSE), MAX_PAUSE)

    def _is_back(self) -> bool:
        try:
            self.try_it()
        except self._lost:
            return False
        except Exception:
            # An error of ours in the sign of life may not end the thread either.
            log.exception("%s can't be asked for a sign of life", self.name)
            return False
        return True
