"""The whole shop as real processes, as faults find them.

It is the shop of `make run` with its own supervisor, in production settings; the second worker is what another host would
run. A fault goes to a process that this shop noted as its own, and only while it is the same one.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from benchmarks import shop
from config.runtime.environment import PROJECT
from config.runtime.processes import Child, is_same, worker_command
from config.runtime.watchdog import Watchdog
from faults.drivers.caller import Door
from faults.injection.clocks import Clock
from faults.injection.cost import children, cpu_seconds
from faults.injection.disk import Disk

# A refund whose worker died is asked for again after three times this; production has a minute.
SETTINGS = {"PROVIDER_RETRY_AFTER": "5"}


class System(shop.Shop):
    """Web twice, worker twice, PostgreSQL, Valkey. `tick` has to be called often."""

    second: Child
    patience = 600  # a run often has a busy machine, and the least of it

    def __init__(self, folder: Path, more: Mapping[str, str] | None = None, disk: Disk | None = None) -> None:
        super().__init__(folder)
        self.environment |= SETTINGS | dict(more or {})
        self.disk, self.clock = disk, Clock(folder / "clock")
        self.given = frozenset(more or ())
        self._spent = 0.0
        self._ticking = threading.Lock()
        self._told: Counter[str] = Counter()

    @property
    def doors(self) -> list[Door]:
        """Where customers enter."""
        return [("127.0.0.1", self.port)]

    def start(self) -> None:
        super().start()
        noted = json.loads((self.folder / "running.json").read_text())["environment"]
        self.second = Child(
            "worker-2",
            worker_command(),
            self.folder / "logs" / "worker-2.log",
            {**self.environment, **noted, **self.clock.environment, "PYTHONUNBUFFERED": "1"},
            watchdog=Watchdog(),
        )
        self.second.start()

    def stop(self) -> None:
        if hasattr(self, "second"):
            self.second.stop()
        super().stop()

    def tick(self) -> None:
        """Start the second worker again when it has ended, as its host would."""
        with self._ticking:
            self.second.end_if_stuck()
            self.second.revive()

    def wait(self, until: float) -> None:
        """Until that monotonic time."""
        while time.monotonic() < until:
            self.tick()
            time.sleep(0.1)

    # --- the shop itself ---
    def start_again(self) -> None:
        """The supervisor is killed; its processes go with it. Then somebody starts the shop again in the same folder."""
        self._spent += self._living()
        send(self.process.pid, signal.SIGKILL)
        self.process.wait()
        (self.folder / "running.json").unlink(missing_ok=True)
        super().start()

    def stop_and_start(self) -> None:
        """It is asked to stop while it is busy, and started again when it has."""
        self._spent += self._living()
        super().stop()
        (self.folder / "running.json").unlink(missing_ok=True)
        super().start()

    def cpu_seconds(self) -> float:
        """What all processes of the shop have cost till now."""
        return self._spent + self._living()

    def _living(self) -> float:
        return cpu_seconds([self.process.pid, *([self.second.pid] if self.second.alive else [])])

    def start_twice(self) -> None:
        """A second start in the same folder is refused, and changes nothing. Raises BenchFailed."""
        command = [sys.executable, "-m", "config.runtime.serve"]
        again = subprocess.run(
            command,
            cwd=PROJECT,
            env={**self.environment, "PORT": "0"},
            capture_output=True,
            text=True,
            check=False,
            timeout=self.patience,
        )
        if again.returncode != 1 or "A shop already runs from" not in again.stderr:
            raise shop.BenchFailed(f"a second shop in one folder: {again.returncode} {again.stderr}")

    def noted(self, name: str) -> str:
        """A setting of the running shop, as it noted it."""
        value: str = json.loads((self.folder / "running.json").read_text())["environment"][name]
        return value

    def pids(self, target: str) -> list[int]:
        """The target's processes that run."""
        noted: list[dict[str, Any]] = json.loads((self.folder / "processes.json").read_text())
        pids = [one["pid"] for one in noted if one["name"].partition("-")[0] == target and is_same(one)]
        return [*pids, self.second.pid] if target == "worker" and self.second.alive else pids

    def empty(self) -> None:
        """Forget all, so that what comes back has nothing: no queues, no cache, no hints."""
        try:
            with Redis.from_url(self.noted("REDIS_URL"), socket_timeout=2) as redis:
                redis.flushall()
        except RedisError:
            pass  # it is going down already

    def tracebacks(self) -> list[str]:
        """Those that all logs have got since this was asked before: which log, and what the traceback ends with.

        A start keeps the logs of the one before under another name.
        """
        logs = sorted((self.folder / "logs").glob("*.log*"))
        found = Counter(
            f"{log.name.removesuffix('.1')}: {last}"
            for log in logs
            for last in endings(log.read_text(errors="replace"))
        )
        new, self._told = found - self._told, found
        return list(new.elements())


@contextmanager
def paused(pid: int) -> Iterator[None]:
    """The process and its children, which do PostgreSQL's work, stand still inside."""
    still = [pid, *children(pid)]
    for one in still:
        send(one, signal.SIGSTOP)
    try:
        yield
    finally:
        for one in still:
            send(one, signal.SIGCONT)


def endings(text: str) -> list[str]:
    """The last line of each traceback in a log."""
    parts = text.split("Traceback (most recent call last)")[1:]
    return [
        next((line for line in part.splitlines()[1:] if line and not line.startswith(" ")), "cut off")
        for part in parts
    ]


def send(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass
