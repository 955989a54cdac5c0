"""Of all workers one is at a round: it takes the round's row for a while, and no other begins it meanwhile.

The database's clock says until when. A worker that dies, hangs or is cut off keeps the round for LEASE_SECONDS at most;
then another begins, and should the first wake up, both are at it: what they find they lock and look at again, as always.
A time further ahead than any lease was written by a clock that went wrong, and counts for nothing. The clock is
asked when the row is held: who had to wait for it would take what was written meanwhile for such a time.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection

LEASE_SECONDS = 10.0

TAKE = """
INSERT INTO outbox_round AS held (name, until) VALUES (%(name)s, clock_timestamp() + %(lease)s * interval '1 second')
ON CONFLICT (name) DO UPDATE SET until = EXCLUDED.until
WHERE held.until <= clock_timestamp() OR held.until > clock_timestamp() + %(lease)s * interval '1 second'
RETURNING until
"""
HOLD = """
UPDATE outbox_round SET until = clock_timestamp() + %(lease)s * interval '1 second'
WHERE name = %(name)s AND until = %(until)s
RETURNING until
"""


class Turn:
    """One worker's turn at a round, from when it was taken until it is let go of, or lost."""

    def __init__(self, name: str, every: float) -> None:
        self.name = name
        self.every = every
        # With a round that is let go of nobody begins before `every` seconds are over, so a lease is never shorter.
        self.lease = LEASE_SECONDS + every
        self.began = self.renewed = time.monotonic()
        self.until = self._write(TAKE, self.lease)

    def __bool__(self) -> bool:
        return self.until is not None

    def keep(self) -> None:
        """The round goes on, and so does the turn. Asks the database now and then only."""
        if self and time.monotonic() - self.renewed > LEASE_SECONDS / 3:
            self.until = self._write(HOLD, self.lease)
            self.renewed = time.monotonic()

    def let_go(self) -> None:
        """The round is done. The next one begins `every` seconds after this one began, or at once."""
        if self:
            self._write(HOLD, self.began + self.every - time.monotonic())

    def _write(self, statement: str, lease: float) -> datetime | None:
        with connection.cursor() as cursor:
            cursor.execute(
                statement, {"name": self.name, "lease": lease, "until": getattr(self, "until", None)}
            )
            found = cursor.fetchone()
        return found[0] if found else None


@contextmanager
def turn(name: str, *, every: float) -> Iterator[Turn]:
    """The caller's turn at a round, false while it is another's. After a failure it is over by itself."""
    mine = Turn(name, every)
    yield mine
    mine.let_go()
