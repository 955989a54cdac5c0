"""The CPU time that each kind of a shop's processes has used, from /proc (Linux)."""

import json
import os
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
KINDS = ("web", "worker", "beat", "postgres", "valkey")


def used(folder: Path, besides: Iterable[int] = ()) -> dict[str, float]:
    """Seconds of CPU by kind of process since each was started; of PostgreSQL with the servers of its connections.

    `besides` are workers that the shop did not start itself.
    """
    parents = _parents()
    seconds: dict[str, float] = defaultdict(float)
    for kind, pid in (*_processes(folder), *(("worker", pid) for pid in besides)):
        seconds[kind] += _with_children(pid, parents)
    return seconds


def of(pid: int) -> float:
    """Seconds of one process and its children."""
    return _with_children(pid, _parents())


def memory(folder: Path) -> dict[str, float]:
    """MiB by kind of process, what several share in equal parts."""
    parents = _parents()
    size: dict[str, float] = defaultdict(float)
    for kind, pid in _processes(folder):
        size[kind] += sum(map(_shared, (pid, *(child for child in parents if parents[child] == pid)))) / 1024
    return size


def _processes(folder: Path) -> list[tuple[str, int]]:
    noted = json.loads((folder / "processes.json").read_text())
    named = [(one["name"].partition("-")[0], one["pid"]) for one in noted]
    return [(kind, pid) for kind, pid in named if kind in KINDS]


def _shared(pid: int) -> int:
    """KiB of a process; of what it shares with others, its part (PSS)."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


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
