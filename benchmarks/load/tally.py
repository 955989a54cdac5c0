"""What the clients of the load generator saw together."""

import threading
import time
from collections import Counter
from typing import Any

from benchmarks.load.wire import Answer, Connection


class Tally:
    """Statuses and times by what was asked, and what went wrong."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.statuses: Counter[str] = Counter()
        self.seconds: dict[str, list[float]] = {}
        self.bodies: list[Any] = []
        self.errors: list[str] = []

    def note(self, name: str, status: int | str, seconds: float) -> None:
        with self.lock:
            self.statuses[f"{name} {status}"] += 1
            self.seconds.setdefault(name, []).append(seconds)


def timed(tally: Tally, name: str, connection: Connection, *request: Any) -> Answer:
    begun = time.perf_counter()
    answer = connection.ask(*request)
    tally.note(name, answer.status, time.perf_counter() - begun)
    return answer
