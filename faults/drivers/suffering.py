"""What a run drives, and what it has to be able to."""

from pathlib import Path
from typing import Protocol

from faults.drivers.caller import Door


class Suffering(Protocol):
    """A shop on one machine (faults/injection/system.py), or on many hosts (faults/machines/fleet.py)."""

    folder: Path

    @property
    def doors(self) -> list[Door]: ...

    def tick(self) -> None: ...

    def wait(self, until: float) -> None: ...

    def cpu_seconds(self) -> float: ...

    def tracebacks(self) -> list[str]: ...
