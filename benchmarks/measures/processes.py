"""Throughput and cost of an order with one, two and four web and worker processes: `python -m benchmarks --processes`."""

import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import cpu
from benchmarks.load.wire import Connection
from benchmarks.shop import BenchFailed, Shop, free_port
from config.runtime.processes import Child, worker_command

COUNTS, ORDERS = (1, 2, 4), 96
READY_SECONDS = 120.0
WEB = "import sys; from config.runtime.commands import main; sys.argv = ['orderly', 'web']; sys.exit(main())"


class Many(Shop):
    """Beside what `make run` starts: web servers of its own, which have all the load, and more workers."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.children: list[Child] = []
        self.ports: list[int] = []

    @contextmanager
    def having(self, count: int) -> Iterator[None]:
        """So many web servers and workers, with the worker of `make run`."""
        for nth in range(count):
            self.ports.append(free_port())
            self._begin(f"web-{nth}", [sys.executable, "-c", WEB], {"PORT": str(self.ports[-1])})
        for nth in range(count - 1):
            self._begin(f"worker-{nth}", worker_command(), {})
        try:
            self._wait_until_they_answer()
            yield
        finally:
            for child in self.children:
                child.stop()
            self.children.clear()
            self.ports.clear()

    def _begin(self, name: str, command: list[str], own: Mapping[str, str]) -> None:
        noted = json.loads((self.folder / "running.json").read_text())["environment"]
        log = self.folder / "logs" / f"many-{name}.log"
        child = Child(name, command, log, {**self.environment, **noted, **own})
        self.children.append(child)
        child.start()

    def _wait_until_they_answer(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        waiting = list(self.ports)
        while waiting:
            if time.monotonic() > deadline:
                raise BenchFailed(f"web servers do not answer: {waiting}")
            waiting = [port for port in waiting if not is_ready(port)]
            time.sleep(0.2)

    def used(self) -> dict[str, float]:
        """What web servers that get no load use is small, and counted too."""
        found = super().used()
        for child in self.children:
            found[child.name.partition("-")[0]] += cpu.of(child.pid)
        return found

    def load(self, kind: str, clients: list[dict[str, Any]]) -> dict[str, Any]:
        """The clients share the web servers evenly."""
        spread = [
            client | {"port": self.ports[nth % len(self.ports)]} if self.ports else client
            for nth, client in enumerate(clients)
        ]
        return super().load(kind, spread)


def is_ready(port: int) -> bool:
    try:
        connection = Connection(port, {}, timeout=5)
        try:
            return connection.ask("GET", "/healthz/ready").status == 200
        finally:
            connection.close()
    except (OSError, RuntimeError, ValueError):
        return False
