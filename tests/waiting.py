"""Waiting for what others do: always until something holds, never for a time, and with a bound."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from django.db import connection

# So late even a busy machine is not; whoever waits in vain has found an error.
SECONDS = 180


def wait_until(holds: Callable[[], object], what: str) -> None:
    """Look again and again until it holds. Raises AssertionError, which says what, when it does not come true."""
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"{what}: not within {SECONDS} s"
        time.sleep(0.02)


@contextmanager
def one_at_a_time(what: str) -> Iterator[None]:
    """Of all processes of this test run one is inside; the others wait for it."""
    with (Path(os.environ["DATA_DIR"]) / f"{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def collecting() -> AbstractContextManager[None]:
    """Whoever prepares a shop is inside: all shops of a test run collect the files of their pages into one folder."""
    return one_at_a_time("collecting")


def waiting_for_locks() -> int:
    """How many connections to this process's database wait for a lock, as of now.

    Who waits for a row waits for the end of a transaction, which belongs to no database; but each holds other locks.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT waiting.pid) FROM pg_locks waiting JOIN pg_locks held USING (pid)"
            " JOIN pg_database here ON here.oid = held.database"
            " WHERE NOT waiting.granted AND here.datname = current_database()"
        )
        return cursor.fetchone()[0]
