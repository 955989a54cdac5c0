"""Watches over the processes of one shop: brings them up in order, starts again what ends, and takes them down."""

import os
import secrets
import select
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TextIO

from config.runtime.embedded import Postgres, Server, needed_servers
from config.runtime.environment import Refused, write_note, write_privately
from config.runtime.logs import Bounded, make_logs
from config.runtime.processes import (
    Child,
    note_processes,
    prepare_command,
    web_command,
    worker_command,
)
from config.runtime.watchdog import STARTING_SECONDS, Watchdog

WEB_PROCESSES = 2
PREPARE_SECONDS = 600.0
# A child that ends this often while the shop starts will not come up by itself.
START_FAILURES = 3
# The shop is asked directly, without a proxy that the environment may name.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def say(text: str, to: TextIO | None = None) -> None:
    """Print to the terminal; a terminal that was closed is no reason to stop."""
    try:
        print(text, file=to or sys.stdout, flush=True)
    except OSError:
        pass


# --- signals -----------------------------------------------------------------------------------------------------
class StopAsked(Exception):
    """The shop was asked to stop."""


class Signals:
    """Remembers a request to stop, at any moment; `pause` and `check` raise it where that is safe."""

    def __init__(self, *, with_parent: bool) -> None:
        self.asked = False
        self.parent = os.getppid() if with_parent else None
        self.reader, writer = os.pipe()
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.note)

    def note(self, number: int, frame: object) -> None:
        self.asked = True

    def check(self) -> None:
        """Raises StopAsked after a signal, and when the parent we were started with is gone."""
        if self.asked or (self.parent is not None and os.getppid() != self.parent):
            raise StopAsked

    def pause(self, seconds: float) -> None:
        """Wait, unless a signal comes."""
        self.check()
        select.select([self.reader], [], [], seconds)
        self.check()


# --- the environment -------------------------------------------------------------------------------------------------
def secret_key(folder: Path) -> str:
    """The shop's own secret, made at its first start."""
    path = folder / "secret_key"
    if not path.exists():
        write_privately(path, secrets.token_urlsafe(50))
    return path.read_text()


def may_be_demo(environment: Mapping[str, str], servers: list[Server]) -> bool:
    """Whether a shop that says nothing of it is the demo: on a database of its own, and not behind https."""
    is_own = any(server.variable == Postgres.variable for server in servers)
    return is_own and not environment.get("PUBLIC_URL", "").startswith("https:")


def shop_environment(
    given: Mapping[str, str], folder: Path, port: int, servers: list[Server], *, debug: bool
) -> dict[str, str]:
    """The environment of every process of the shop."""
    environment = {name: value for name, value in given.items() if not (servers and name.startswith("PG"))}
    environment |= {server.variable: server.url for server in servers}
    environment |= {"DATA_DIR": str(folder), "PORT": str(port), "PYTHONUNBUFFERED": "1"}
    environment.setdefault("DEMO", "1" if may_be_demo(environment, servers) else "0")
    if not environment.get("SECRET_KEY"):
        environment["SECRET_KEY"] = secret_key(folder)
    if debug:
        environment["DEBUG"] = "1"
    return environment


# What another process with the same DATA_DIR takes over: see environment.join_running_shop.
NOTED = [
    "DATABASE_URL",
    "DATABASE_DIRECT_URL",
    "DATABASE_REPLICA_URL",
    "REDIS_URL",
    "CACHE_URL",
    "PREVIEWS_URL",
    "HINTS_URL",
    "CELERY_BROKER_URL",
    "CACHE_PREFIX",
    "CHANNEL_PREFIX",
    "CELERY_QUEUE",
]
NOTED += [
    "SECRET_KEY",
    "SECRET_KEY_NEXT",
    "SECRET_KEY_FALLBACKS",
    "DEMO",
    "DEBUG",
    "PORT",
    "PUBLIC_URL",
    "EMAIL_URL",
    "CURRENCY",
    "SHOP_NAME",
]
NOTED += ["SHOP_ADDRESS", "SHOP_RETURN_ADDRESS", "SHOP_TAX_ID", "TAX_RATE"]


# --- the shop ----------------------------------------------------------------------------------------------------
class Supervisor:
    """The processes of one shop: brought up in order, started again when one ends, taken down in order."""

    def __init__(
        self, folder: Path, listener: socket.socket, signals: Signals, *, debug: bool, reload: bool
    ) -> None:
        self.folder = folder
        self.listener = listener
        self.signals = signals
        self.logs = make_logs(folder)
        self.bounded = Bounded(self.logs)
        self.servers = needed_servers(os.environ, folder, self.logs)
        self.host, self.port = listener.getsockname()[:2]
        self.environment = shop_environment(os.environ, folder, self.port, self.servers, debug=debug)
        self.prepare = self.child("prepare", prepare_command())
        self.web = self.web_children(reload=reload)
        self.worker = self.child("worker", worker_command(reload=reload), nth=len(self.web))
        # One that is started by another program, when the code changes, could not be ended alone.
        self.worker.watchdog = None if reload else Watchdog()
        self.watched: list[Child] = []

    def child(self, name: str, command: list[str], files: tuple[int, ...] = (), *, nth: int = 0) -> Child:
        """One that tells what it does has a port of its own: METRICS_PORT, and those after it."""
        environment, first = self.environment, self.environment.get("METRICS_PORT", "")
        if first.isdecimal() and int(first):
            environment = environment | {"METRICS_PORT": str(int(first) + nth)}
        return Child(name, command, self.logs / f"{name}.log", environment, files=files)

    def web_children(self, *, reload: bool) -> list[Child]:
        listener = self.listener.fileno()
        names = ["web"] if reload else [f"web-{number + 1}" for number in range(WEB_PROCESSES)]
        command = web_command(listener, reload=reload)
        return [self.child(name, command, (listener,), nth=nth) for nth, name in enumerate(names)]

    # --- up ---
    def start(self) -> None:
        """Bring everything up; the preparation loads its code while the servers start."""
        self.prepare.start()
        self.note()
        for server in self.servers:
            self.signals.check()
            server.launch()
            self.watch(server.child)
        for server in self.servers:
            self.wait_for(server.answers, STARTING_SECONDS, server.child)
        self.wait_for(lambda: not self.prepare.alive, PREPARE_SECONDS, self.prepare)
        if self.prepare.process and self.prepare.process.returncode:
            raise Refused(self.describe(self.prepare))
        # One web server alone is there soonest; the others follow once it answers.
        first, *others = self.web
        self.launch(first)
        self.wait_for(self.answers, STARTING_SECONDS, first)
        for child in (*others, self.worker):
            self.launch(child)
        write_note(self.folder, {name: self.environment[name] for name in NOTED if name in self.environment})

    def launch(self, child: Child) -> None:
        child.start()
        self.watch(child)

    def watch(self, child: Child) -> None:
        self.watched.append(child)
        self.note()

    def note(self) -> None:
        """Note what runs. Without a note, on a full disk say, it runs all the same."""
        try:
            note_processes(self.folder, [self.prepare, *self.watched])
        except OSError as error:
            say(f"orderly: cannot note the processes: {error}", sys.stderr)

    def wait_for(self, ready: Callable[[], bool], seconds: float, child: Child) -> None:
        deadline = time.monotonic() + seconds
        while not ready():
            self.revive()
            if time.monotonic() > deadline or child.failures >= START_FAILURES:
                raise Refused(self.describe(child))
            self.signals.pause(0.05)

    def describe(self, child: Child) -> str:
        return f"{child.name} did not come up ({child.ended_how()}). The end of its log, {child.log}:\n{child.last_words()}"

    @property
    def address(self) -> str:
        """Where this machine reaches the shop."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 a comparison
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def answers(self) -> bool:
        """Whether the shop answers its first page."""
        # Behind a proxy, what comes over plain http is sent on to https.
        headers = {"Host": f"127.0.0.1:{self.port}", "X-Forwarded-Proto": "https"}
        request = urllib.request.Request(self.address, headers=headers)
        try:
            with OPENER.open(request, timeout=5) as answer:
                return bool(answer.status == 200)
        except urllib.error.HTTPError as error:
            return error.code < 500
        except OSError:
            return False

    # --- there ---
    def keep(self) -> None:
        """Watch until we are asked to stop."""
        while True:
            self.revive()
            self.bounded.look()
            self.signals.pause(0.2)

    def revive(self) -> None:
        for child in self.watched:
            if child.end_if_stuck():
                say(f"{time.strftime('%H:%M:%S')} {child.name} makes no progress; ended.")
            if child.alive:
                continue
            how = child.ended_how()
            if child.revive():
                say(f"{time.strftime('%H:%M:%S')} {child.name} {how}; started again.")
                self.note()

    # --- down ---
    def stop(self) -> None:
        """Take everything down: first what accepts work, then what does it, the database last."""
        (self.folder / "running.json").unlink(missing_ok=True)
        self.listener.close()
        end_together([self.prepare, *self.web])
        self.worker.stop()
        for server in self.servers:
            server.stop()
        (self.folder / "processes.json").unlink(missing_ok=True)


def end_together(children: list[Child]) -> None:
    """End children that need not wait for each other."""
    for child in children:
        child.ask_to_stop()
    for child in children:
        child.stop()
