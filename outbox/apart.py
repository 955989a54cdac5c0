"""Work that waits for another service runs apart: in a few threads of its own, so that nothing else of the process waits.

A worker's threads confirm orders. Whatever asks a bank, which may take its time or say nothing, asks from here.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connections

from outbox.turns import Turns

log = logging.getLogger(__name__)


class Apart:
    """So many threads of one process, for one kind of due work; each works for `seconds` at most, and then leaves the rest.

    `due` finds the ids of what is due, longest first; `act` does one, and leaves what another thread has in hand alone.
    """

    def __init__(
        self,
        name: str,
        *,
        due: Callable[[], Sequence[object]],
        act: Callable[[Any], object],
        threads: int,
        seconds: float,
    ) -> None:
        self.name, self.due, self.act, self.seconds = name, due, act, seconds
        self._turns = Turns(threads)

    def begin(self) -> None:
        """Have a thread work on what is due, if anything is, and if one is free."""
        if self.due():
            self._start()

    def _start(self) -> None:
        threading.Thread(target=self._in_thread, name=self.name, daemon=True).start()

    def _in_thread(self) -> None:
        try:
            self.work()
        except Exception:
            # The bottom of the thread; the next round begins another.
            log.exception("%s ended", self.name)
        finally:
            connections.close_all()

    def work(self) -> None:
        """Do what is due, each once, until there is no more of it or the time is over."""
        with self._turns.take() as is_free:
            if is_free:
                self._work(until=time.monotonic() + self.seconds)

    def _work(self, *, until: float) -> None:
        seen: set[object] = set()
        while new := [one for one in self.due() if one not in seen]:
            for one in new:
                if time.monotonic() >= until:
                    return
                self.act(one)
            seen.update(new)
