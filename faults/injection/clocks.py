"""A clock that goes wrong for one process alone, as its Python asks for the time; monotonic time stays as it is.

libfaketime would do it for everything, and makes `time.sleep` of Python 3.11 fail besides.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.utils import timezone

# Names the note, for a process that has `faults.settings`.
VARIABLE = "FAULTS_CLOCK"
# Clocks of hosts may differ by seconds; `manage.py audit` says where times are further apart than a minute.
SECONDS = 45
# A note that was changed at this moment says that the clock is right.
ZERO = 1_000_000_000


class Clock:
    """Of one process, which has to be started with `environment`."""

    def __init__(self, note: Path) -> None:
        self.note = note

    @property
    def environment(self) -> dict[str, str]:
        self._set(0)
        return {"DJANGO_SETTINGS_MODULE": "faults.settings", VARIABLE: str(self.note)}

    @contextmanager
    def wrong(self, which: float) -> Iterator[None]:
        """Inside it is ahead, or behind."""
        self._set(SECONDS if which < 0.5 else -SECONDS)
        try:
            yield
        finally:
            self._set(0)

    def _set(self, seconds: int) -> None:
        """The note's own time of change says how far it is off, so that it can't be read half."""
        self.note.touch()
        os.utime(self.note, (ZERO + seconds, ZERO + seconds))


def follow(note: Path) -> None:
    """From now on this process has the time that the note says."""
    right = time.time

    def wrong_time() -> float:
        return right() + _seconds(note)

    def wrong_now() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=_seconds(note))

    time.time = wrong_time
    timezone.now = wrong_now


def _seconds(note: Path) -> float:
    try:
        return note.stat().st_mtime - ZERO
    except OSError:
        return 0.0
