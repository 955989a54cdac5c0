"""The logs below DATA_DIR: one file for each process, a set for each start, and none that fills the disk."""

import contextlib
import os
import shutil
import time
from pathlib import Path

# A file that has grown over this, in bytes, becomes the older one, and is looked at so often, in seconds.
MOST = 64 * 1024 * 1024
LOOK_EVERY = 60


def make_logs(folder: Path) -> Path:
    """The folder of the logs, where each start begins a new set and keeps the one before."""
    logs = folder / "logs"
    logs.mkdir(mode=0o700, exist_ok=True)
    for log in logs.glob("*.log"):
        log.replace(_older(log))
    return logs


class Bounded:
    """Keeps the logs of processes that run for months within twice MOST each."""

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self.looked = time.monotonic()

    def look(self) -> None:
        """Once in a while. What can't be done, as on a full disk, is left for the next time, and ends nothing."""
        if time.monotonic() - self.looked < LOOK_EVERY:
            return
        self.looked = time.monotonic()
        with contextlib.suppress(OSError):
            shorten(self.logs)


def shorten(logs: Path) -> None:
    """Begin those anew that have grown too large; what was in them is kept once. Raises OSError.

    Their processes go on writing into the same file, to whose end all they write is appended: what comes while it is copied
    may be lost, and nothing else.
    """
    for log in logs.glob("*.log"):
        if log.stat().st_size > MOST:
            _older(log).unlink(missing_ok=True)
            shutil.copy(log, _older(log))
            os.truncate(log, 0)


def _older(log: Path) -> Path:
    return log.with_suffix(".log.1")
