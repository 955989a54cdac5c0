"""One customer's listener: a WebSocket on all their orders, that comes back with its cursor whenever it was closed."""

import random
import select
import threading
import time
from typing import TYPE_CHECKING, Any

from faults.drivers.caller import Doors

if TYPE_CHECKING:
    from faults.checking.history import Event

# A connection without a sign of life, pings included, is made anew after so long.
SILENT_SECONDS = 60.0
# Of the listeners' own wish, so that cursors are used without a fault too.
STAYS = (5.0, 40.0)
# What is still missed so long after the rest, which is two looks that a socket takes for itself, was missed.
PATIENCE = 45.0
WRONG = (OSError, RuntimeError, ValueError)


class ListenerThread(threading.Thread):
    """`until` is set at the end, once `target`, the last cursor of its customer, is known."""

    def __init__(self, job: dict[str, Any], who: dict[str, Any], until: threading.Event) -> None:
        super().__init__(daemon=True)
        self.client, self.key = who["client"], who["key"]
        self.doors = Doors(job["doors"], self.client)
        self.chance = random.Random(f"{job['seed']} listener {self.client}")
        self.cursor, self.target, self.until = who["cursor"], "", until
        self.heard: list[Event] = []
        self.connections = 0
        self.deadline = 0.0

    def run(self) -> None:
        while not self._is_over():
            try:
                self._listen()
            except WRONG:
                self.doors.try_next()
                time.sleep(0.5)

    def _is_over(self) -> bool:
        """At the end, when all was heard or patience is over; a connection that is deaf till then is not made anew."""
        if not self.until.is_set():
            return False
        self.deadline = self.deadline or time.monotonic() + PATIENCE
        return self.cursor == self.target or time.monotonic() > self.deadline

    def _listen(self) -> None:
        """One connection, until it fails or its time is over; the last one stays."""
        connection = self.doors.connect({"Authorization": f"Bearer {self.key}"}, SILENT_SECONDS)
        self.connections += 1
        leave_at = time.monotonic() + self.chance.uniform(*STAYS)
        try:
            connection.upgrade(f"/ws/orders/?after={self.cursor}")
            while not self._is_over() and (self.until.is_set() or time.monotonic() < leave_at):
                if connection.rest or select.select([connection.socket], [], [], 0.5)[0]:
                    self._take(connection.frame())
        finally:
            connection.close()

    def _take(self, message: dict[str, Any] | None) -> None:
        if message is None or message["type"] == "ready":
            return
        self.heard.append((message["cursor"], message["data"]["order"], message["type"]))
        self.cursor = message["cursor"]
