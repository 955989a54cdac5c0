"""How many threads of one process wait for another service (a mail server, say): few, so that the others confirm orders."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """So many turns at one moment. A thread that finds none free leaves the work to the others, or to the next round."""

    def __init__(self, count: int) -> None:
        self._free = threading.BoundedSemaphore(count)

    @contextmanager
    def take(self) -> Iterator[bool]:
        """Whether this thread has a turn; it never waits for one."""
        is_mine = self._free.acquire(blocking=False)
        try:
            yield is_mine
        finally:
            if is_mine:
                self._free.release()
