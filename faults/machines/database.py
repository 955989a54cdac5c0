"""A PostgreSQL primary and the standby that every commit waits for; and what an operator does in a failover."""

import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from benchmarks.shop import BenchFailed
from config.runtime.embedded import DATABASE, USER
from config.runtime.paths import database_account, make_folder, postgres_programs
from faults.machines.hosts import PATH, Host, as_account

PORT = 5432
SETTINGS = {
    "listen_addresses": "*",
    "unix_socket_directories": "",
    "max_connections": "200",
    "wal_keep_size": "512MB",
    # Hosts die here, the machine below them does not: what a process has written is there.
    "fsync": "off",
    "full_page_writes": "off",
    "hot_standby": "on",
    # A host that falls silent in the middle of a transaction keeps its locks no longer than this. Seconds, milliseconds.
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "10000",
    "wal_sender_timeout": "5000",
    "wal_receiver_timeout": "5000",
}
READY_SECONDS = 60.0


class Pair:
    """Two hosts, of which `primary` is one; commits are on both before they are told."""

    def __init__(self, first: Host, second: Host) -> None:
        self.hosts = [first, second]
        self.primary = first
        room = first.folder.parent
        self.account = database_account(room / "cluster")
        self.programs = postgres_programs(room, self.account)

    @property
    def standby(self) -> Host:
        return next(host for host in self.hosts if host is not self.primary)

    @property
    def url(self) -> str:
        """Both hosts; whoever connects finds the one that takes changes."""
        hosts = quote(",".join(host.address for host in self.hosts), safe="")
        return (
            f"postgres://{USER}@/{DATABASE}?host={hosts}&port={PORT}"
            "&target_session_attrs=read-write&connect_timeout=2"
        )

    def url_of(self, host: Host, database: str = DATABASE) -> str:
        return f"postgres://{USER}@{host.address}:{PORT}/{database}"

    # --- the start ---
    def start(self) -> None:
        """The primary; `follow` makes the other host its standby."""
        folder = self._room(self.primary)
        self._run(
            "initdb", "-D", str(folder), "-U", USER, "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"
        )
        net = self.primary.network.net
        with (folder / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all all {net} trust\nhost replication all {net} trust\n")
        with (folder / "postgresql.conf").open("a") as settings:
            settings.writelines(f"{name} = '{value}'\n" for name, value in SETTINGS.items())
        self._serve(self.primary)
        self._ask(self.primary, f"CREATE DATABASE {DATABASE}", database="postgres")

    def follow(self, host: Host) -> None:
        """Make this host the standby, from nothing; returns when each commit waits for it."""
        host.leave("postgres")
        self._ask(self.primary, "ALTER SYSTEM SET synchronous_standby_names = ''", "SELECT pg_reload_conf()")
        folder = self._room(host)
        source = f"host={self.primary.address} port={PORT} user={USER} application_name={host.name}"
        self._run(
            "pg_basebackup", "-D", str(folder), "-d", source, "-R", "-X", "stream", "-c", "fast", on=host
        )
        self._serve(host)
        self._ask(self.primary, "ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")
        self._until(self._is_in_step, "the standby is in step")

    def promote(self) -> None:
        """The standby takes changes from now on, and waits for nobody: there is no third."""
        host = self.standby
        self._ask(
            host,
            "ALTER SYSTEM SET synchronous_standby_names = ''",
            "SELECT pg_reload_conf()",
            "SELECT pg_promote()",
        )
        self.primary = host

    # --- parts ---
    def _room(self, host: Host) -> Path:
        folder = host.folder / "data"
        shutil.rmtree(folder, ignore_errors=True)
        return make_folder(folder, 0o700, self.account)

    def _run(self, program: str, *words: str, on: Host | None = None) -> None:
        command = [*as_account(self.account), str(self.programs / program), *words]
        if on is not None:
            command = [*on.network.inside(on.name), *command]
        done = subprocess.run(
            command,
            env={"PATH": PATH, "LC_ALL": "C.UTF-8"},
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        if done.returncode:
            raise BenchFailed(f"{program}: {done.stderr[-1000:]}")

    def _serve(self, host: Host) -> None:
        command = [str(self.programs / "postgres"), "-D", str(host.folder / "data")]
        host.serve("postgres", command, account=self.account)
        self._until(lambda: self._answers(host), f"PostgreSQL answers on {host.name}")

    def _until(self, ready: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not ready():
            if time.monotonic() > deadline:
                raise BenchFailed(f"{what}: not after {READY_SECONDS:g} s")
            time.sleep(0.1)

    def _answers(self, host: Host) -> bool:
        try:
            return self._ask(host, "SELECT 1", database="postgres") == [(1,)]
        except psycopg.OperationalError:
            return False

    def _is_in_step(self) -> bool:
        return self._ask(self.primary, "SELECT sync_state FROM pg_stat_replication") == [("sync",)]

    def _ask(self, host: Host, *statements: str, database: str = DATABASE) -> list[tuple[Any, ...]]:
        """The rows of the last statement."""
        url = self.url_of(host, database)
        with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
            for statement in statements:
                found = connection.execute(statement)
            return found.fetchall() if found.description else []
