"""The customers and their listeners as a process of their own, seen from the run: started, told, and waited for."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from benchmarks.shop import BenchFailed
from config.runtime.environment import PROJECT
from faults.drivers.suffering import Suffering

# Customers that are in the middle of an order when the time is over, and listeners that are behind, have so long.
FINISH_SECONDS, LISTEN_SECONDS = 600.0, 300.0


class RunFailed(BenchFailed):
    """The rig itself did not do its work, so that nothing is known."""


class Clients:
    def __init__(self, system: Suffering, process: subprocess.Popen[str]) -> None:
        self.system, self.process = system, process

    def tell(self, line: Any) -> None:
        assert self.process.stdin, "it was opened with a pipe"
        self.process.stdin.write(f"{json.dumps(line)}\n")
        self.process.stdin.flush()

    @property
    def is_driven(self) -> bool:
        """Whether the customers are done."""
        return (self.system.folder / "driven").exists()

    def driven(self) -> None:
        """Wait until they are."""
        self._until(lambda: self.is_driven, FINISH_SECONDS, "the customers did not come to an end")

    def end(self, targets: Mapping[int, str]) -> None:
        """Say how far each listener has to hear, and wait until they have."""
        self.tell(targets)
        ended = lambda: self.process.poll() == 0  # noqa: E731 it is one question
        self._until(ended, LISTEN_SECONDS, "the listeners did not come to an end")

    def _until(self, ready: Callable[[], bool], seconds: float, complaint: str) -> None:
        deadline = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > deadline or self.process.poll() not in (None, 0):
                log = (self.system.folder / "clients.log").read_text()
                raise RunFailed(f"{complaint}: {log[-2000:]}")
            self.system.wait(time.monotonic() + 0.1)


@contextmanager
def clients(system: Suffering, job: dict[str, Any]) -> Iterator[Clients]:
    """They begin at once."""
    (system.folder / "driven").unlink(missing_ok=True)
    command = [sys.executable, "-m", "faults.drivers.clients"]
    log = (system.folder / "clients.log").open("w")
    process = subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=log, stderr=log, text=True)
    started = Clients(system, process)
    try:
        started.tell(job)
        yield started
    finally:
        log.close()
        if process.poll() is None:
            process.kill()
        process.wait()
