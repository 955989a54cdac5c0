"""What processes have cost: seconds of CPU, of those that they had and that ended too (Linux)."""

import os
from collections.abc import Iterable
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pids: Iterable[int]) -> float:
    """Of these processes and all below them; of one that ended, what its parent knows of it."""
    return sum(_of_tree(pid) for pid in pids)


def _of_tree(pid: int) -> float:
    return _own(pid) + sum(_of_tree(child) for child in children(pid))


def _own(pid: int) -> float:
    """With the children that ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / TICK


def children(pid: int) -> list[int]:
    """The child processes of one, of all its threads."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += map(int, task.read_text().split())
        except OSError:
            continue  # the thread ended
    return found
