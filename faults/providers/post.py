"""The way of a provider's events to the shop: late, in another order, twice, after failures, and some of them never."""

import heapq
import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.error import URLError

from tests.stand_ins.server import StandIn

Thing = dict[str, Any]
# How often an event never comes, comes twice, and how often one try of bringing it is not even made.
LOST, DOUBLED, DROPPED = 0.04, 0.2, 0.15
# Seconds until an event is brought, from one of these ranges, and until it is brought again after a failure.
DELAYS = ((0.0, 0.3), (0.0, 0.3), (0.3, 2.0), (2.0, 9.0))
AGAIN = (1.0, 4.0)
CARRIERS = 4


class Post:
    """Brings events, and does at its time what else is to happen later."""

    def __init__(self, port: int, chance: random.Random) -> None:
        self.port, self.chance = port, chance
        self.lost: list[str] = []
        self.brought: Counter[str] = Counter()
        self.errors: list[str] = []
        self.is_calm = False
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._turn = itertools.count()
        self._changed = threading.Condition()
        self._at_work = 0
        self._is_over = False
        self._threads = [threading.Thread(target=self._carry, daemon=True) for _ in range(CARRIERS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is under way, nor is to happen."""
        with self._changed:
            return not self._due and not self._at_work

    def send(self, stand_in: StandIn, variant: str, event: Thing, *, after: float = 0.0) -> None:
        """Bring an event once, twice, or not at all; not before `after` seconds."""
        kind = event.get("type") or event["event_type"]
        with self._changed:
            is_lost, is_doubled = self.chance.random() < LOST, self.chance.random() < DOUBLED
            delays = [self.chance.uniform(*self.chance.choice(DELAYS)) for _ in range(2 if is_doubled else 1)]
        if is_lost and not self.is_calm:
            self.lost.append(kind)
            return
        for delay in delays:
            self.later(after + delay, lambda: self._bring(stand_in, variant, kind, event))

    def later(self, seconds: float, act: Callable[[], object]) -> None:
        with self._changed:
            heapq.heappush(self._due, (time.monotonic() + seconds, next(self._turn), act))
            self._changed.notify()

    # --- carriers ---
    def _carry(self) -> None:
        while (act := self._next()) is not None:
            try:
                act()
            except Exception as error:  # noqa: BLE001 whatever ends an action of the rig is reported, and fails the run
                self.errors.append(repr(error))
            with self._changed:
                self._at_work -= 1

    def _next(self) -> Callable[[], object] | None:
        with self._changed:
            while not self._is_over:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    self._at_work += 1
                    return heapq.heappop(self._due)[2]
                self._changed.wait(wait)
        return None

    def _bring(self, stand_in: StandIn, variant: str, kind: str, event: Thing) -> None:
        """As providers do: what was not answered with 200 is sent again."""
        url = f"http://127.0.0.1:{self.port}/payments/webhooks/{variant}/"
        is_dropped = not self.is_calm and self.chance.random() < DROPPED
        try:
            status = 0 if is_dropped else stand_in.deliver(event, url)
        except (URLError, OSError):
            status = 0
        self.brought[f"{variant} {status or 'none'}"] += 1
        if status != 200:
            self.later(self.chance.uniform(*AGAIN), lambda: self._bring(stand_in, variant, kind, event))
