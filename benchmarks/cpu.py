"""The CPU time that each kind of a shop's processes has used, from /proc (Linux)."""

import json
import os
from collections import defaultdict
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
KINDS = ("web", "worker", "beat", "postgres", "valkey")


def used(folder: Path) -> dict[str, float]:
    """Seconds of CPU by kind of process since each was started; of PostgreSQL with the servers of its connections."""
    parents = _parents()
    seconds: dict[str, float] = defaultdict(float)
    for one in json.loads((folder / "processes.json").read_text()):
        kind = one["name"].partition("-")[0]
        if kind in KINDS:
            seconds[kind] += _with_children(one["pid"], parents)
    return seconds


def of(pid: int) -> float:
    """Seconds of one process and its children."""
    return _with_children(pid, _parents())


def _with_children(pid: int, parents: dict[int, int]) -> float:
    """Of the process, of its children that have ended, and of those that live."""
    own = _times(pid, with_ended=True)
    return own + sum(_with_children(child, parents) for child, parent in parents.items() if parent == pid)


def _times(pid: int, *, with_ended: bool) -> float:
    fields = _stat(pid)
    return sum(map(int, fields[11 : 15 if with_ended else 13])) / TICKS if fields else 0.0


def _parents() -> dict[int, int]:
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return {pid: int(fields[1]) for pid in pids if (fields := _stat(pid))}


def _stat(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat after the name; none when the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
