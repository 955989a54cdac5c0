"""Takes over a database that PostgreSQL itself has put back to an earlier moment, from its log (docs/backups.md)."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

from django.db import connection

from backups import numbers, restoring
from orders import audit

# Seconds until PostgreSQL, which reads its log, takes writes. A day's log of a busy shop takes minutes.
PATIENCE = 3600.0
OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
"""


class NotYet(Exception):
    """Nothing was changed; the message says what to do first."""


def recover(moment: datetime | None = None) -> Iterator[str]:
    """Make it a shop that may go on, and say line by line what was done. Raises NotYet.

    `moment` is what the database was put back to; without one it is that of the last change that PostgreSQL has read from
    its log. What goes out waits for `release`; numbers that may have been given out since are left out.
    """
    _wait_for_writes()
    moment = moment or _last_replayed()
    _require_alone()
    restoring.be_quiet()
    yield from restoring.come_up_to_date()
    yield f"database: {audit.summary().orders} orders, as of {moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    yield from numbers.leave_out(moment)


def findings() -> Iterator[str]:
    """What does not add up."""
    with audit.snapshot():
        yield from audit.findings()


def _require_alone() -> None:
    if others := _asked(OTHERS):
        raise NotYet(
            f"{others} other connections are open, and a worker among them would send what is due: "
            "stop the shop (systemctl stop 'orderly-*') and try again."
        )


def _wait_for_writes() -> None:
    deadline = time.monotonic() + PATIENCE
    while _asked("SELECT pg_is_in_recovery()"):
        if time.monotonic() > deadline:
            raise NotYet("PostgreSQL still recovers, or waits: was it restored with --target-action=promote?")
        time.sleep(0.5)


def _last_replayed() -> datetime:
    """PostgreSQL knows it until its next start."""
    moment = _asked("SELECT pg_last_xact_replay_timestamp()")
    if not isinstance(moment, datetime):
        raise NotYet(
            "PostgreSQL was started again since it recovered, or never did: name the moment that the database "
            "was put back to, as in `bin/orderly recovered 2026-11-30T03:12:00Z`."
        )
    return moment


def _asked(statement: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        (answer,) = cursor.fetchone()
    return answer
