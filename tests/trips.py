"""How often a thread asks the database: round trips, of which one may carry several statements."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg


class Trips:
    count = 0


@contextmanager
def counted(monkeypatch: Any) -> Iterator[Trips]:
    """Those of this thread, in the block. Without a look at each statement, which would part what goes together."""
    found, here, wait = Trips(), threading.get_ident(), psycopg.Connection.wait

    def waited(self: Any, steps: Any, *more: Any, **named: Any) -> Any:
        return wait(self, noted(steps) if threading.get_ident() == here else steps, *more, **named)

    def noted(steps: Any) -> Any:
        """Psycopg's steps; what never waits for the server, as to note that a transaction is wanted, is no trip."""
        ready, is_first = None, True
        while True:
            try:
                wanted = steps.send(ready)
            except StopIteration as end:
                return end.value
            found.count += is_first
            is_first = False
            ready = yield wanted

    with monkeypatch.context() as patch:
        patch.setattr(psycopg.Connection, "wait", waited)
        yield found
