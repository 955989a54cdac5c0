"""How a row that is its own queue is claimed, tried again with growing pauses, and given up.

A worker claims a row before it works on it: the claim counts the attempt and moves the next one to the end of a lease,
in a transaction of its own. So no row is locked while another service (a mail server, a bank) takes its time, no second
worker takes the row meanwhile, and a row whose worker died is found again when the lease is over. What came of an attempt
is noted only while the claim still holds: a late worker cannot overwrite what a later one noted.

A claim locks the row alone and skips what is locked, so it cannot be part of a deadlock, with any rows locked before the
row elsewhere.
"""

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from database.rows import change, update
from outbox.models import Queued
from outbox.quiet import is_quiet

Row = TypeVar("Row", bound=Queued)

# Pauses are longer or shorter by up to so much, so that what failed together is not tried together again.
JITTER = 0.2
# Rows of one kind that one sweep takes.
BATCH_SIZE = 500


@dataclass(frozen=True, kw_only=True)
class Policy:
    """How long a claim holds, how long to wait after failures, and after how many attempts to give up (None: never)."""

    first_pause: timedelta
    max_pause: timedelta
    lease: timedelta
    give_up_after: int | None = None

    def pause_after(self, attempts: int) -> timedelta:
        """How long to wait after so many attempts that failed: twice as long each time, and never quite the same."""
        pause: timedelta = min(self.first_pause * 2 ** min(attempts - 1, 20), self.max_pause)
        return pause * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 spreads attempts, hides nothing

    def is_last(self, attempts: int) -> bool:
        """Whether no attempt follows upon so many."""
        return self.give_up_after is not None and attempts >= self.give_up_after


class ClaimLost(Exception):
    """The lease was over and another worker has claimed the row, or the row has ended: the late worker leaves it alone."""


# --- what there is to do -------------------------------------------------------------------------------------------


def due(rows: QuerySet[Row]) -> QuerySet[Row]:
    """Those of the rows whose time has come, the longest due first; none while the shop is quiet."""
    return rows.filter(~is_quiet(), next_attempt_at__lte=timezone.now()).order_by("next_attempt_at", "pk")


def due_ids(rows: QuerySet[Row]) -> list[Any]:
    """The ids of what is due, BATCH_SIZE at most."""
    return list(due(rows).values_list("pk", flat=True)[:BATCH_SIZE])


def given_up(rows: QuerySet[Row]) -> QuerySet[Row]:
    """Those that are tried no more, for staff to look at."""
    return rows.filter(given_up_at__isnull=False)


# --- one attempt ---------------------------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def claim(rows: QuerySet[Row], policy: Policy) -> Row | None:
    """The row that is longest due and in no other hands, for one attempt; None if there is none.

    It is committed when this returns, so it cannot be called inside a transaction.
    """
    free = due(rows).select_for_update(no_key=True, skip_locked=True, of=("self",))
    while (row := free.first()) is not None and policy.is_last(row.attempts):
        # Its last attempt never came to an end: it ended its worker, and must not end all of them.
        _save(row, _given_up(row))
    if row is not None:
        until = timezone.now() + policy.lease
        _save(row, {"attempts": row.attempts + 1, "next_attempt_at": until, "leased_until": until})
    return row


def _save(row: Queued, changes: Mapping[str, Any]) -> None:
    _set(row, changes)
    update(row, *changes)


def hold(rows: QuerySet[Row], claimed: Row) -> Row:
    """A claimed row as it is now, locked until the caller's transaction ends. Raises ClaimLost."""
    mine = rows.filter(pk=claimed.pk, leased_until=claimed.leased_until)
    row = mine.select_for_update(no_key=True, of=("self",)).first()
    if row is None:
        raise ClaimLost
    return row


def renew(row: Queued, policy: Policy, **changes: Any) -> None:
    """A part is done: the lease begins anew. Raises ClaimLost."""
    until = timezone.now() + policy.lease
    if not _note(row, next_attempt_at=until, leased_until=until, **changes):
        raise ClaimLost


def note_done(row: Queued, **changes: Any) -> bool:
    """There is nothing to do any more; False, and nothing is noted, if the claim is lost."""
    return _note(row, **{"next_attempt_at": None, "leased_until": None, "failure": "", **changes})


def note_failure(row: Queued, policy: Policy, failure: Exception | str, **changes: Any) -> bool:
    """The attempt came to nothing: it is tried again after a pause, or given up. False as for `note_done`."""
    changes |= {"failure": _words(failure), "leased_until": None}
    if policy.is_last(row.attempts):
        return _note(row, **changes | _given_up(row))
    return _note(row, next_attempt_at=timezone.now() + policy.pause_after(row.attempts), **changes)


def postpone(row: Queued, *, until: datetime) -> bool:
    """A claimed row whose time has not come after all: the attempt doesn't count. False as for `note_done`."""
    return _note(row, attempts=row.attempts - 1, next_attempt_at=until, leased_until=None)


def note_given_up(row: Queued) -> bool:
    """It is tried no more, before this attempt began: the one before never came to an end. False as for `note_done`."""
    return _note(row, attempts=row.attempts - 1, **_given_up(row))


@contextmanager
def attempt(row: Queued, policy: Policy) -> Iterator[None]:
    """Notes what goes wrong inside, and raises it on."""
    try:
        yield
    except Exception as error:
        note_failure(row, policy, error)
        raise


def _note(row: Queued, **changes: Any) -> bool:
    """Write into the row, and into the object, what holds as long as the claim does."""
    if row.leased_until is None or not change(row, changes, leased_until=row.leased_until):
        return False
    _set(row, changes)
    return True


def _set(row: Queued, changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        setattr(row, name, value)


def _given_up(row: Queued) -> dict[str, Any]:
    ended = {"next_attempt_at": None, "leased_until": None, "given_up_at": timezone.now()}
    return ended | row.when_given_up()


def _words(failure: Exception | str) -> str:
    words = failure if isinstance(failure, str) else f"{type(failure).__name__}: {failure}"
    return words.replace("\0", "")


# --- many rows at once ---------------------------------------------------------------------------------------------


@transaction.atomic(savepoint=False)
def make_due(rows: QuerySet[Row], **changes: Any) -> list[Any]:
    """Try rows anew with all their attempts before them, also what is done or given up; their ids.

    What a worker has in hand at this moment is left out.
    """
    ids = _lock_free(rows)
    now = timezone.now()
    changes |= {"attempts": 0, "next_attempt_at": now, "leased_until": None, "given_up_at": None}
    rows.model._base_manager.filter(pk__in=ids).update(**changes)  # noqa: SLF001 Django's documented way to every row
    return ids


@transaction.atomic
def give_up(rows: QuerySet[Row], **changes: Any) -> list[Any]:
    """Stop trying those of the rows that still wait; their ids. What a worker has in hand is left out."""
    ids = _lock_free(rows.filter(next_attempt_at__isnull=False))
    changes |= {"next_attempt_at": None, "leased_until": None, "given_up_at": timezone.now()}
    rows.model._base_manager.filter(pk__in=ids).update(**changes)  # noqa: SLF001 Django's documented way to every row
    return ids


def _lock_free(rows: QuerySet[Row]) -> list[Any]:
    """Lock those of the rows that no worker has in hand, in the order of their ids."""
    free = rows.exclude(leased_until__gt=timezone.now()).order_by("pk")
    return list(
        free.select_for_update(no_key=True, skip_locked=True, of=("self",)).values_list("pk", flat=True)
    )
