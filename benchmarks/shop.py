"""A shop for measuring: the very processes of `make run`, in production settings, in a folder of its own."""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from redis import Redis

from benchmarks import cpu
from config.runtime.environment import PROJECT
from config.runtime.processes import worker_command

START_SECONDS = 600
# What is measured must not be refused. Nothing is made quicker than it is: DEBUG is off, fsync is on.
SETTINGS = {
    "DEMO": "1",  # for its payment provider
    "DEBUG": "0",
    "API_USER_LIMIT": "0",
    "API_KEY_LIMIT": "0",
    "API_ADDRESS_LIMIT": "0",
    "MAX_UNPAID_ORDERS": "1000000",
    "ORDER_PREVIEW_TTL": "3600",
    "SOCKETS_PER_USER": "0",
    "SOCKETS_PER_ADDRESS": "0",
    "LOG_LEVEL": "WARNING",
}


class BenchFailed(Exception):
    """What was measured is wrong, or could not be measured."""


Kind = TypeVar("Kind", bound="Shop")


@contextmanager
def running_shop(kind: "type[Kind]") -> Iterator["Kind"]:
    """Start a shop of that kind and have this process join it; afterwards nothing of it is left."""
    folder = Path(tempfile.mkdtemp(prefix="orderly-bench-", dir="/tmp"))
    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
    shop = kind(folder)
    try:
        shop.start()
        yield shop
    finally:
        shop.stop()
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


class Shop:
    patience = START_SECONDS

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # Workers that were started besides, and the seconds that the shop took to start.
        self.besides: list[int] = []
        self.started_in = 0.0
        self.port = free_port()
        kept = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
        mine = {"DATA_DIR": str(folder), "PORT": str(self.port), "SECRET_KEY": secrets.token_urlsafe(50)}
        self.environment = kept | SETTINGS | mine

    def start(self) -> None:
        """Returns when the shop serves; raises BenchFailed when it does not come up."""
        command = [sys.executable, "-m", "config.runtime.serve", "--with-parent"]
        with (self.folder / "serve.log").open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=PROJECT, env=self.environment, stdout=log, stderr=log
            )
        begun = time.monotonic()
        self._wait_until((self.folder / "running.json").exists)
        self.started_in = time.monotonic() - begun
        # From here on this process is one of the shop's: settings find its servers by the folder, and no others.
        for name in [name for name in os.environ if name.endswith("_URL")]:
            del os.environ[name]
        os.environ.update(self.environment)

    def _wait_until(self, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + self.patience
        while not ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise BenchFailed((self.folder / "serve.log").read_text())
            time.sleep(0.1)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()

    @contextmanager
    def without_worker(self) -> Iterator[None]:
        """Worker and clock stand still, so that what is placed is measured alone, and waits."""
        self._signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal(signal.SIGCONT)

    @contextmanager
    def workers(self, count: int) -> Iterator[None]:
        """So many worker processes; the shop itself has one."""
        more = [self._worker() for _nth in range(count - 1)]
        self.besides = [one.pid for one in more]
        try:
            self._wait_until(lambda: self._listening() == count)
            yield
        finally:
            self.besides = []
            for one in more:
                one.terminate()
            for one in more:
                one.wait(60)

    def _worker(self) -> "subprocess.Popen[bytes]":
        with (self.folder / "workers.log").open("ab") as log:
            return subprocess.Popen(
                worker_command(), cwd=PROJECT, env=self.environment, stdout=log, stderr=log
            )

    def _listening(self) -> int:
        """Workers that hear hints."""
        with Redis.from_url(settings.HINTS_URL) as redis:
            ((_channel, count),) = redis.pubsub_numsub(settings.WAKEUPS_CHANNEL)
        return int(count)

    def _signal(self, number: int) -> None:
        noted = json.loads((self.folder / "processes.json").read_text())
        for pid in (*(one["pid"] for one in noted if one["name"] in ("worker", "beat")), *self.besides):
            os.kill(pid, number)

    def used(self) -> dict[str, float]:
        """Seconds of CPU by kind of process."""
        return cpu.used(self.folder, self.besides)

    def load(self, kind: str, clients: list[dict[str, Any]]) -> dict[str, Any]:
        """Have the load generator do a job. Raises BenchFailed if a client came to an end, or an answer was a 5xx."""
        job = json.dumps({"kind": kind, "port": self.port, "clients": clients})
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.load.generator"],
            input=job.encode(),
            cwd=PROJECT,
            capture_output=True,
            check=True,
        )
        result: dict[str, Any] = json.loads(done.stdout)
        failed = [name for name in result["statuses"] if name.rpartition(" ")[2].startswith("5")]
        if result["errors"] or failed:
            raise BenchFailed(f"{kind}: {result['errors'][:3]} {result['statuses']}")
        return result
