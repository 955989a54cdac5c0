"""`make run`: starts everything a shop needs on this machine, watches over it, and takes it all down again."""

import argparse
import http.client
import os
import secrets
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from config.embedded import Postgres, Server, needed_servers
from config.environment import Refused, make_data_dir, only_one, running_shop, write_note, write_privately
from config.processes import (
    Child,
    beat_command,
    end_leftovers,
    note_processes,
    prepare_command,
    web_command,
    worker_command,
)

WEB_PROCESSES = 2
START_SECONDS = 60.0
PREPARE_SECONDS = 600.0
# A child that ends this often while the shop starts will not come up by itself.
START_FAILURES = 3
# So long a second start waits for a shop that is on its way down, or up.
BUSY_SECONDS = 30.0
PASSWORD = "orderly-demo"  # noqa: S105 the demo's, printed for everyone


def say(text: str, to: TextIO | None = None) -> None:
    """Print for whoever watches; that nobody does any more is no reason to stop."""
    try:
        print(text, file=to or sys.stdout, flush=True)
    except OSError:
        pass


# --- what we are asked for ---------------------------------------------------------------------------------------
def listen(host: str, port: str) -> socket.socket:
    """The listening socket, taken before anything is started, so that a busy port costs nothing."""
    if not port.isdigit() or int(port) > 65535:
        raise Refused(
            f"PORT={port} is no port: choose a number from 1024 to 65535, as in `PORT=8001 make run`."
        )
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(1024)
    except OSError as error:
        reason = error.strerror or str(error)
        raise Refused(
            f"Cannot listen on {host}, PORT={port} ({reason}): try another, as in `PORT=8001 make run`."
        ) from error
    return listener


def secret_key(folder: Path) -> str:
    """The shop's own secret, made at its first start."""
    path = folder / "secret_key"
    if not path.exists():
        write_privately(path, secrets.token_urlsafe(50))
    return path.read_text()


def shop_environment(
    given: Mapping[str, str], folder: Path, port: int, servers: list[Server], debug: bool
) -> dict[str, str]:
    """The environment of every process of the shop."""
    environment = {name: value for name, value in given.items() if not (servers and name.startswith("PG"))}
    environment |= {server.variable: server.url for server in servers}
    environment |= {"DATA_DIR": str(folder), "PORT": str(port), "PYTHONUNBUFFERED": "1"}
    environment.setdefault("DEMO", "1")
    if not environment.get("SECRET_KEY"):
        environment["SECRET_KEY"] = secret_key(folder)
    if debug:
        environment["DEBUG"] = "1"
    return environment


NOTED = [
    "DATABASE_URL",
    "REDIS_URL",
    "CELERY_BROKER_URL",
    "SECRET_KEY",
    "DEMO",
    "DEBUG",
    "PORT",
    "PUBLIC_URL",
]


# --- signals -----------------------------------------------------------------------------------------------------
class StopAsked(Exception):
    """Someone wants the shop to stop."""


class Signals:
    """Remembers a request to stop, whatever runs when it comes; `pause` and `check` raise it where that is safe."""

    def __init__(self, with_parent: bool) -> None:
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
        self.servers = needed_servers(os.environ, folder, self.logs)
        self.host, self.port = listener.getsockname()[:2]
        self.environment = shop_environment(os.environ, folder, self.port, self.servers, debug)
        self.prepare = self.child("prepare", prepare_command())
        self.web = self.web_children(reload)
        self.beat = self.child("beat", beat_command(folder))
        self.worker = self.child("worker", worker_command(reload=reload))
        self.watched: list[Child] = []

    def child(self, name: str, command: list[str], files: tuple[int, ...] = ()) -> Child:
        return Child(name, command, self.logs / f"{name}.log", self.environment, files=files)

    def web_children(self, reload: bool) -> list[Child]:
        listener = self.listener.fileno()
        names = ["web"] if reload else [f"web-{number + 1}" for number in range(WEB_PROCESSES)]
        return [self.child(name, web_command(listener, reload=reload), (listener,)) for name in names]

    # --- up ---
    def start(self) -> None:
        """Bring everything up; the preparation loads its code while the servers start."""
        self.prepare.start()
        note_processes(self.folder, [self.prepare])
        for server in self.servers:
            self.signals.check()
            server.launch()
            self.watch(server.child)
        for server in self.servers:
            self.wait_for(server.answers, START_SECONDS, server.child)
        self.wait_for(lambda: not self.prepare.alive, PREPARE_SECONDS, self.prepare)
        if self.prepare.process and self.prepare.process.returncode:
            raise Refused(self.describe(self.prepare))
        for child in self.web:
            self.launch(child)
        self.wait_for(self.answers, START_SECONDS, self.web[0])
        for child in (self.worker, self.beat):
            self.launch(child)
        write_note(self.folder, {name: self.environment[name] for name in NOTED if name in self.environment})

    def launch(self, child: Child) -> None:
        child.start()
        self.watch(child)

    def watch(self, child: Child) -> None:
        self.watched.append(child)
        note_processes(self.folder, [self.prepare, *self.watched])

    def wait_for(self, ready: Callable[[], bool], seconds: float, child: Child) -> None:
        deadline = time.monotonic() + seconds
        while not ready():
            self.revive()
            if time.monotonic() > deadline or child.failures >= START_FAILURES:
                raise Refused(self.describe(child))
            self.signals.pause(0.05)

    def describe(self, child: Child) -> str:
        return f"{child.name} did not come up ({child.ended_how()}). The end of its log, {child.log}:\n{child.last_words()}"

    def answers(self) -> bool:
        """Whether the first page comes."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 a comparison
        connection = http.client.HTTPConnection(host, self.port, timeout=5)
        try:
            connection.request("GET", "/", headers={"Host": f"127.0.0.1:{self.port}"})
            return connection.getresponse().status < 500
        except OSError:
            return False
        finally:
            connection.close()

    # --- there ---
    def keep(self) -> None:
        """Watch until someone asks us to stop."""
        while True:
            self.revive()
            self.signals.pause(0.2)

    def revive(self) -> None:
        for child in self.watched:
            if child.alive:
                continue
            how = child.ended_how()
            if child.revive():
                say(f"{time.strftime('%H:%M:%S')} {child.name} {how}; started again.")
                note_processes(self.folder, [self.prepare, *self.watched])

    @property
    def address(self) -> str:
        return self.environment.get("PUBLIC_URL") or f"http://{self.host}:{self.port}"

    # --- down ---
    def stop(self) -> None:
        """Take everything down: first who accepts work, then who does it, the database last."""
        (self.folder / "running.json").unlink(missing_ok=True)
        self.listener.close()
        end_together([self.prepare, *self.web])
        end_together([self.beat, self.worker])
        for server in self.servers:
            server.stop()
        (self.folder / "processes.json").unlink(missing_ok=True)


def end_together(children: list[Child]) -> None:
    """End children that need not wait for each other."""
    for child in children:
        child.ask_to_stop()
    for child in children:
        child.stop()


def make_logs(folder: Path) -> Path:
    """The folder of the logs, where each start begins a new set and keeps the one before."""
    logs = folder / "logs"
    logs.mkdir(mode=0o700, exist_ok=True)
    for log in logs.glob("*.log"):
        log.replace(log.with_suffix(".log.1"))
    return logs


@contextmanager
def the_only_shop(folder: Path, signals: Signals) -> Iterator[None]:
    """Hold DATA_DIR for ourselves. A shop that is on its way down is waited for, one that runs is not."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        with only_one(folder) as free:
            if free:
                (folder / "running.json").unlink(missing_ok=True)
                yield
                return
        signals.pause(1.0)
        shop = running_shop()
        if shop or time.monotonic() > deadline:
            where = f" on port {shop['environment']['PORT']} (process {shop['pid']})" if shop else ""
            raise Refused(
                f"A shop already runs from {folder}{where}: stop it first, or set DATA_DIR to another folder."
            )


def greet(shop: Supervisor) -> None:
    lines = ["", f"  The shop is open:  {shop.address}/", ""]
    if shop.environment["DEMO"] not in ("0", "", "false", "False", "off"):
        lines += [
            f"  customer           customer@example.com  password {PASSWORD}",
            f"  staff (/admin/)    staff@example.com     password {PASSWORD}",
            "",
        ]
    lines += [f"  data               {shop.folder}", f"  logs               {shop.logs}"]
    for server in shop.servers:
        if isinstance(server, Postgres) and shop.folder not in server.cluster.parents:
            lines += [f"  database           {server.cluster}, where the account that runs it can reach it"]
    say("\n".join([*lines, "  Ctrl-C stops it.", ""]))


def serve(arguments: argparse.Namespace, signals: Signals) -> None:
    folder = make_data_dir()
    with the_only_shop(folder, signals):
        end_leftovers(folder)
        listener = listen(os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8000")
        say("Starting the shop; the first time takes a while longer.")
        shop = Supervisor(folder, listener, signals, debug=arguments.dev, reload=arguments.dev)
        try:
            shop.start()
            greet(shop)
            shop.keep()
        finally:
            shop.stop()


def main() -> int:
    parser = argparse.ArgumentParser(prog="config.serve", description=__doc__)
    parser.add_argument("--dev", action="store_true", help="DEBUG=1, and start again when the code changes")
    parser.add_argument(
        "--with-parent", action="store_true", help="stop when the process that started us ends"
    )
    arguments = parser.parse_args()
    try:
        serve(arguments, Signals(arguments.with_parent))
    except StopAsked:
        say("The shop is closed.")
        return 0
    except Refused as refusal:
        say(f"orderly: {refusal}", sys.stderr)
        return 1
    except (OSError, subprocess.SubprocessError) as error:
        say(f"orderly: the shop cannot run: {error}", sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
