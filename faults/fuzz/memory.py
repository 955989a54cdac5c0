"""What the processes of a shop hold of the machine's memory (Linux)."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from faults.injection.system import System

MIB = 1024


class Held(NamedTuple):
    """MiB at the moment, and the most that there were."""

    now: int
    most: int


def of_shop(system: System) -> dict[str, Held]:
    """Each web and worker process, by its name and id."""
    return {f"{kind} {pid}": of_process(pid) for kind in ("web", "worker") for pid in system.pids(kind)}


def of_process(pid: int) -> Held:
    """Nothing of one that has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return Held(0, 0)
    return Held(_of(lines, "VmRSS"), _of(lines, "VmHWM"))


def _of(lines: Iterable[str], name: str) -> int:
    return next((int(line.split()[1]) // MIB for line in lines if line.startswith(f"{name}:")), 0)
