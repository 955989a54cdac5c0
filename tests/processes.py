"""The real processes of a shop for tests: web server and worker, by the same command lines as `make run`."""

import signal
import socket
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

from config.runtime.processes import Child, prepare_command, web_command, worker_command
from tests.waiting import collecting

SECONDS = 60.0
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Shop:
    """A shop on a free port, against the servers and the DATA_DIR that `environment` names.

    It migrates and collects static files before it starts, and with `demo` fills the demo shop too. Use it as a
    context manager, or call `start` and `stop`; start it from the main thread, because its processes end with
    the thread that started them. `kill`, `start_one` and `stop_one` take "web" or "worker".
    """

    def __init__(self, environment: Mapping[str, str], *, demo: bool = False) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.ws_url = f"ws://127.0.0.1:{self.port}"
        self.environment = {**environment, "PORT": str(self.port), "PYTHONUNBUFFERED": "1"}
        self.folder = Path(environment["DATA_DIR"])
        self.logs = Path(tempfile.mkdtemp(prefix="logs-", dir=self.folder))
        number = self.listener.fileno()
        self.prepare = self._child("prepare", prepare_command(demo=demo))
        self.children = {
            "web": self._child("web", web_command(number), (number,)),
            "worker": self._child("worker", worker_command()),
        }

    def _child(self, name: str, command: list[str], files: tuple[int, ...] = ()) -> Child:
        return Child(name, command, self.logs / f"{name}.log", self.environment, files=files, patience=5.0)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def start(self) -> None:
        """Prepare the shop, start its processes and wait until the first page comes and the worker takes tasks."""
        with collecting():
            if self.prepare.run() != 0:
                raise AssertionError(f"the shop could not be prepared:\n{self.prepare.last_words(30)}")
        try:
            self._start(*self.children)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop every process, and let go of the port."""
        for child in self.children.values():
            child.ask_to_stop()
        for child in self.children.values():
            child.stop()
        self.listener.close()

    def start_one(self, name: str) -> None:
        """Start one process and wait until it does its work."""
        self._start(name)

    def _start(self, *names: str) -> None:
        """Start processes at once, and wait until all do their work: each takes seconds to come up."""
        children = {name: self.children[name] for name in names}
        before = {name: one.log.stat().st_size if one.log.exists() else 0 for name, one in children.items()}
        for child in children.values():
            child.start()
        ready = {
            "web": self.answers,
            "worker": lambda: " ready." in self.log_of("worker")[before["worker"] :],
        }
        for name, child in children.items():
            self._wait(child, ready[name])

    def stop_one(self, name: str) -> None:
        """End one process in the regular way."""
        self.children[name].stop()

    def kill(self, name: str) -> None:
        """End one process by SIGKILL, in the middle of whatever it does."""
        child = self.children[name]
        if child.process:
            child.process.send_signal(signal.SIGKILL)
            child.process.wait(SECONDS)

    def log_of(self, name: str) -> str:
        """What one process has written."""
        return self.children[name].log.read_text(errors="replace")

    def answers(self) -> bool:
        """Whether the first page comes."""
        try:
            with OPENER.open(self.url, timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def _wait(self, child: Child, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + SECONDS
        while not ready():
            if time.monotonic() > deadline or not child.alive:
                raise AssertionError(
                    f"{child.name} did not come up ({child.ended_how()}):\n{child.last_words(30)}"
                )
            time.sleep(0.05)
