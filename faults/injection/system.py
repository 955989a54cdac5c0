"""The whole shop as real processes, and the faults that are done to them.

It is the shop of `make run` with its own supervisor, in production settings; the second worker is what another host would
run. A fault goes to a process that this shop noted as its own, and only while it is the same one.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from benchmarks import shop
from config.runtime.environment import PROJECT
from config.runtime.processes import Child, is_same, worker_command
from config.runtime.watchdog import Watchdog
from faults.injection.plan import LASTS, Fault
from faults.injection.proxy import slow_line
from faults.injection.servers import all_connections, cut_lines, locked_table, socket_of

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
        """Do it; returns when it is over, or the process that is hit may be started again."""
        if fault.target == "supervisor":
            return self._start_again() if fault.how == "kill" else self._start_twice()
        pids = self.pids(fault.target)
        if not pids:
            return None  # it is down already
        pid = pids[int(fault.which * len(pids))]
        if fault.how in LASTS:
            with self._lasting(fault, pid):
                self.wait(time.monotonic() + fault.seconds)
        elif fault.how == "backend":
            backends = children(pid)
            send(backends[int(fault.which * len(backends))], signal.SIGKILL) if backends else None
        elif fault.how == "cut":
            cut_lines(self.noted("REDIS_URL"))
        elif fault.how == "empty":
            self._empty()
            send(pid, signal.SIGKILL)
        else:
            send(pid, SIGNALS[fault.how])
        return None

    def _lasting(self, fault: Fault, pid: int) -> AbstractContextManager[object]:
        if fault.how == "lock":
            return locked_table(self.noted("DATABASE_URL"), fault.which)
        if fault.how == "full":
            return all_connections(self.noted("DATABASE_URL"))
        if fault.how == "slow":
            return self._slow()
        return paused(pid)

    @contextmanager
    def _slow(self) -> Iterator[None]:
        url = self.noted("REDIS_URL")
        with slow_line(socket_of(url), random.Random(url)):
            cut_lines(url)
            yield

    def _start_again(self) -> None:
        """The supervisor is killed; its processes go with it. Then somebody starts the shop again in the same folder."""
        send(self.process.pid, signal.SIGKILL)
        self.process.wait()
        (self.folder / "running.json").unlink(missing_ok=True)
        super().start()

    def _start_twice(self) -> None:
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

    def _empty(self) -> None:
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
