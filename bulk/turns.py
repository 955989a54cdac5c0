"""One thread of a process works on tables, so that confirmations, mails and webhooks have the others."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_turn = threading.Lock()


@contextmanager
def my_turn() -> Iterator[bool]:
    """Whether this thread may work on tables now; it never waits for its turn."""
    is_mine = _turn.acquire(blocking=False)
    try:
        yield is_mine
    finally:
        if is_mine:
            _turn.release()
