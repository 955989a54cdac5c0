"""The clock of a worker: rounds that look for whatever is due, each in a thread of its own, whether or not a broker lives.

It goes by monotonic time and keeps nothing: a clock of the machine that is put back or ahead changes nothing. What a
thread does it tells by `step`; by that it is known that a round goes on, and not only that its process lives.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from django.db import close_old_connections, connections

from outbox.rounds import Turn, turn
from outbox.tracing import NOTHING, span

log = logging.getLogger(__name__)
# Seconds between two rounds of one thread: what comes meanwhile is done together.
BREATH = 0.05
# So much later than the first of a name the others look by their clock: with a connection each they would look in vain.
LATER = 1.0
# What a round was woken for, at most, since it was looked at last; and what one round takes of it.
MAX_ASKED, TOGETHER = 1000, 100
_here = threading.local()


class Cause(NamedTuple):
    """What a round is woken by: the request as the log calls it, its place in a trace, and the one that it is about."""

    request: str = ""
    trace: str = ""
    of: str = ""


class Asked:
    """What rounds of one name are asked for, which share it: the next of them takes it. What is too much the clock finds.

    They share their clock, too: the first looks when the time has come, or another a little later should that one be busy,
    and the others look at nothing in vain.
    """

    def __init__(self) -> None:
        self.rounds: list[Round] = []
        self._waiting: deque[Cause] = deque(maxlen=MAX_ASKED)
        self._due = 0.0
        self._lock = threading.Lock()

    @property
    def is_more(self) -> bool:
        return bool(self._waiting)

    @property
    def pause(self) -> float:
        """Seconds until it is time for the next look."""
        return max(0.0, self._due - time.monotonic())

    def put_off(self, every: float) -> None:
        """One has looked just now: the next look is due so many seconds later."""
        with self._lock:
            self._due = time.monotonic() + every

    def take_turn(self, every: float) -> bool:
        """Whether it is time, and the look this caller's; where that takes long, another one is due all the same."""
        with self._lock:
            is_time = time.monotonic() >= self._due
            if is_time:
                self._due = time.monotonic() + every
        return is_time

    def wake_one(self, cause: Cause) -> None:
        """Have a round begin now; where none is free, each looks when it is done.

        One is enough, and others would look in vain: each hint would cost as many looks as there are threads.
        """
        self._waiting.append(cause)
        if not self.share():
            for each in self.rounds:
                each.wake()

    def share(self) -> bool:
        """Have a round begin that is free, if one is."""
        free = next((each for each in self.rounds if each.is_free), None)
        if free is not None:
            free.wake()
        return free is not None

    def take(self) -> list[Cause]:
        """The first of them, up to TOGETHER."""
        taken: list[Cause] = []
        while self._waiting and len(taken) < TOGETHER:
            try:
                taken.append(self._waiting.popleft())
            except IndexError:
                break  # another thread has the last
        return taken


class Round(threading.Thread):
    """Acts again and again, with a pause of `every` seconds, or until it is woken. Whatever goes wrong is logged.

    Of a round that is done `alone` there is one at a time over all workers. Those of one name share what they are `asked`.
    """

    def __init__(
        self,
        name: str,
        act: Callable[[], object],
        *,
        every: float,
        alone: bool = False,
        asked: Asked | None = None,
    ) -> None:
        super().__init__(name=name, daemon=True)
        self.act = act
        self.every = every
        self.alone = alone
        self.asked = asked or Asked()
        self.later = min(LATER, every) if self.asked.rounds else 0.0
        self.asked.rounds.append(self)
        self.turn: Turn | None = None
        # What it is at, and whether it waits to be woken.
        self.causes: Sequence[Cause] = ()
        self.is_free = False
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
        if self.later:
            self._wait()
        while not self.stopping.is_set():
            self._robustly()
            self.last_step = time.monotonic()
            self.stopping.wait(min(BREATH, self.every))
            self._wait()
        connections.close_all()

    def _wait(self) -> None:
        self.is_free = True
        if not self.causes:
            self.asked.put_off(self.every)
        while not (self.woken.wait(self.asked.pause + self.later) or self.asked.take_turn(self.every)):
            self.last_step = time.monotonic()
        # What wakes it from here on has a round of its own: this one may look too early for it.
        self.woken.clear()
        self.is_free = False

    def wake(self) -> None:
        """There is something to do: the next round begins now, or follows at once upon the one that goes on."""
        self.woken.set()

    def _robustly(self) -> None:
        try:
            close_old_connections()
            self.causes = self.asked.take()
            # One that begins by its own time is part of nothing; one for many goes on with the trace of the first.
            by = self.causes[0].trace if self.causes else ""
            with span(self.name, parent=by) if by else NOTHING:
                self._act()
        except Exception:
            # The bottom of the thread: one round that fails must not end all later ones.
            log.exception("the round %s failed, the next one comes", self.name)
            connections.close_all()
        finally:
            self.turn = None
            if self.asked.is_more:
                self.woken.set()

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


def causes() -> Sequence[Cause]:
    """What the round of this thread was woken by; nothing where its own time has come."""
    here: Round | None = getattr(_here, "round", None)
    return here.causes if here else ()


def share() -> None:
    """There is more to do than the round of this thread has in hand: another one of its name begins, if one is free."""
    here: Round | None = getattr(_here, "round", None)
    if here is not None:
        here.asked.share()


def step() -> None:
    """A part of what a round does is done. Outside of rounds it says nothing."""
    if (here := getattr(_here, "round", None)) is not None:
        here.step()
