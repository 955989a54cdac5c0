"""The clock of a worker: rounds that look for whatever is due, each in a thread of its own, whether or not a broker lives.

It goes by monotonic time and keeps nothing: a clock of the machine that is put back or ahead changes nothing. What a
thread does it tells by `step`; by that it is known that a round goes on, and not only that its process lives.
"""

import logging
import threading
import time
from collections.abc import Callable

from django.db import close_old_connections, connections

from outbox.rounds import Turn, turn
from outbox.tracing import NOTHING, span

log = logging.getLogger(__name__)
# Seconds between two rounds of one thread: what comes meanwhile is done together.
BREATH = 0.05
_here = threading.local()


class Round(threading.Thread):
    """Acts again and again, with a pause of `every` seconds, or until it is woken. Whatever goes wrong is logged.

    Of a round that is done `alone` there is one at a time over all workers. One with a `delay` begins so many seconds after
    it is woken: what it was woken for may be done by then.
    """

    def __init__(
        self, name: str, act: Callable[[], object], *, every: float, alone: bool = False, delay: float = 0
    ) -> None:
        super().__init__(name=name, daemon=True)
        self.act = act
        self.every = every
        self.alone = alone
        self.delay = delay
        self.turn: Turn | None = None
        # What woke it last, as traces call it (outbox/tracing.py).
        self.woken_by = ""
        self.stopping, self.woken = threading.Event(), threading.Event()
        self.last_step = time.monotonic()

    def step(self) -> None:
        """Something was done."""
        self.last_step = time.monotonic()
        if self.turn is not None:
            self.turn.keep()

    def is_stuck(self, seconds: float) -> bool:
        """Whether nothing was done for so long, besides pausing."""
        return time.monotonic() - self.last_step > self.every + seconds

    def run(self) -> None:
        _here.round = self
        while not self.stopping.is_set():
            self._robustly()
            self.last_step = time.monotonic()
            self.stopping.wait(min(BREATH, self.every))
            if self.woken.wait(self.every):
                # What wakes it from here on has a round of its own: this one may look too early for it.
                self.woken.clear()
                self.stopping.wait(self.delay)
        connections.close_all()

    def wake(self, by: str = "") -> None:
        """There is something to do: the next round begins now, or follows at once upon the one that goes on."""
        self.woken_by = by
        self.woken.set()

    def _robustly(self) -> None:
        try:
            close_old_connections()
            by, self.woken_by = self.woken_by, ""
            # One that begins by its own time is part of nothing.
            with span(self.name, parent=by) if by else NOTHING:
                self._act()
        except Exception:
            # The bottom of the thread: one round that fails must not end all later ones.
            log.exception("the round %s failed, the next one comes", self.name)
            connections.close_all()
        finally:
            self.turn = None

    def _act(self) -> None:
        if not self.alone:
            self.act()
            return
        with turn(self.name, every=self.every) as self.turn:
            if self.turn:
                self.act()

    def stop(self) -> None:
        """Begin no other round."""
        self.stopping.set()
        self.woken.set()


def step() -> None:
    """A part of what a round does is done. Outside of rounds it says nothing."""
    if (here := getattr(_here, "round", None)) is not None:
        here.step()
