"""The whole shop as real processes, and the faults that are done to them.

It is the shop of `make run` with its own supervisor, in production settings; the second worker is what another host would
run. A fault goes to a process that this shop noted as its own, and only while it is the same one.
"""

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from benchmarks import shop
from config.runtime.processes import Child, is_same, worker_command
from config.runtime.watchdog import Watchdog
from faults.plan import Fault

# A refund whose worker died is asked for again after three times this; production has a minute.
SETTINGS = {"PROVIDER_RETRY_AFTER": "5"}
SIGNALS = {
    "kill": signal.SIGKILL,
    "stop": signal.SIGTERM,
    "fast": signal.SIGINT,
    "immediate": signal.SIGQUIT,
}


class System(shop.Shop):
    """Web twice, worker twice, PostgreSQL, Valkey. `tick` has to be called often."""

    second: Child
    patience = 600  # a run often has a busy machine, and the least of it

    def __init__(self, folder: Path, more: Mapping[str, str] | None = None) -> None:
        super().__init__(folder)
        self.environment |= SETTINGS | dict(more or {})
        self._told: Counter[str] = Counter()

    def start(self) -> None:
        super().start()
        noted = json.loads((self.folder / "running.json").read_text())["environment"]
        self.second = Child(
            "worker-2",
            worker_command(),
            self.folder / "logs" / "worker-2.log",
            {**self.environment, **noted, "PYTHONUNBUFFERED": "1"},
            watchdog=Watchdog(),
        )
        self.second.start()

    def stop(self) -> None:
        if hasattr(self, "second"):
            self.second.stop()
        super().stop()

    def tick(self) -> None:
        """Start the second worker again when it has ended, as its host would."""
        self.second.end_if_stuck()
        self.second.revive()

    def wait(self, until: float) -> None:
        """Until that monotonic time."""
        while time.monotonic() < until:
            self.tick()
            time.sleep(0.1)

    # --- faults ---
    def suffer(self, fault: Fault) -> None:
        """Do it; returns when a pause is over."""
        pids = self.pids(fault.target)
        if not pids:
            return  # it is down already
        pid = pids[int(fault.which * len(pids))]
        if fault.how == "pause":
            self._pause(pid, fault.seconds)
        elif fault.how == "backend":
            backends = children(pid)
            send(backends[int(fault.which * len(backends))], signal.SIGKILL) if backends else None
        elif fault.how == "empty":
            self._empty()
            send(pid, signal.SIGKILL)
        else:
            send(pid, SIGNALS[fault.how])

    def pids(self, target: str) -> list[int]:
        """The target's processes that run."""
        noted: list[dict[str, Any]] = json.loads((self.folder / "processes.json").read_text())
        pids = [one["pid"] for one in noted if one["name"].partition("-")[0] == target and is_same(one)]
        return [*pids, self.second.pid] if target == "worker" and self.second.alive else pids

    def _pause(self, pid: int, seconds: float) -> None:
        """The process and its children, which do PostgreSQL's work, stand still."""
        still = [pid, *children(pid)]
        for one in still:
            send(one, signal.SIGSTOP)
        try:
            self.wait(time.monotonic() + seconds)
        finally:
            for one in still:
                send(one, signal.SIGCONT)

    def _empty(self) -> None:
        """Forget all, so that what comes back has nothing: no queues, no cache, no hints."""
        url = json.loads((self.folder / "running.json").read_text())["environment"]["REDIS_URL"]
        try:
            with Redis.from_url(url, socket_timeout=2) as redis:
                redis.flushall()
        except RedisError:
            pass  # it is going down already

    def tracebacks(self) -> list[str]:
        """Those that all logs have got since this was asked before: which log, and what the traceback ends with."""
        logs = sorted((self.folder / "logs").glob("*.log"))
        found = Counter(
            f"{log.name}: {last}" for log in logs for last in endings(log.read_text(errors="replace"))
        )
        new, self._told = found - self._told, found
        return list(new.elements())


def endings(text: str) -> list[str]:
    """The last line of each traceback in a log."""
    parts = text.split("Traceback (most recent call last)")[1:]
    return [
        next((line for line in part.splitlines()[1:] if line and not line.startswith(" ")), "cut off")
        for part in parts
    ]


def children(pid: int) -> list[int]:
    """The child processes of one (Linux)."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def send(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass
