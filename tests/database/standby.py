"""A standby of the server that the tests run on, by streaming replication, for those tests that need one."""

import signal
import subprocess
from pathlib import Path
from typing import Self

import psycopg
import pytest
from django.db import connection, connections

from config.runtime.paths import database_account, make_folder, postgres_programs
from faults.machines.hosts import as_account
from tests.waiting import SECONDS, wait_until


class Standby:
    """Follows the tests' server. `pause` stands for a replica that is behind."""

    def __init__(self, folder: Path) -> None:
        own = connections["default"].get_connection_params()
        self.source = {name: own[name] for name in ("host", "port", "user")}
        if not str(self.source["host"]).startswith("/"):
            pytest.skip("an external server is not ours to follow")
        self.account = database_account(folder / "data")
        self.programs = postgres_programs(folder, self.account)
        self.data = make_folder(folder / "data", 0o700, self.account)
        self.socket = make_folder(folder / "s", 0o711, self.account)
        self.folder = folder

    def __enter__(self) -> Self:
        connections["default"].close()
        source = " ".join(f"{name}={value}" for name, value in self.source.items())
        copy = [
            str(self.programs / "pg_basebackup"),
            "-D",
            str(self.data),
            "-d",
            source,
            "-R",
            "-X",
            "stream",
        ]
        copy += ["-c", "fast", "--no-sync"]
        subprocess.run(
            [*as_account(self.account), *copy], check=True, cwd="/", capture_output=True, timeout=SECONDS
        )
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.kill()

    def start(self) -> None:
        command = [
            str(self.programs / "postgres"),
            "-D",
            str(self.data),
            *("-c", f"unix_socket_directories={self.socket}"),
            *("-c", "listen_addresses="),
            # As many as the server that it follows, which has them from its command line.
            *("-c", "max_connections=300"),
            *("-c", "fsync=off"),
        ]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*as_account(self.account), *command], cwd="/", stdout=log, stderr=log
            )
        wait_until(self.answers, "the standby answers")

    def kill(self) -> None:
        """With its processes, none of which says good-bye."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(SECONDS)

    def answers(self) -> bool:
        try:
            return self.ask("SELECT pg_is_in_recovery()") is not None
        except psycopg.OperationalError:
            return False

    def ask(self, statement: str) -> object:
        where = {"host": str(self.socket), "port": self.source["port"], "user": self.source["user"]}
        writing = "-c default_transaction_read_only=off"
        with psycopg.connect(**where, dbname=self.name, autocommit=True, options=writing) as line:
            found = line.execute(statement)
            return found.fetchone()[0] if found.description else None

    @property
    def name(self) -> str:
        return connections["default"].settings_dict["NAME"]

    def follow(self) -> None:
        """Wait until it has all that was committed."""
        with connection.cursor() as cursor:
            # The tests' server answers a commit before it is written.
            cursor.execute("SELECT pg_current_wal_insert_lsn()")
            here = cursor.fetchone()[0]
        wait_until(
            lambda: self.ask(f"SELECT pg_last_wal_replay_lsn() >= '{here}'::pg_lsn"),
            "the standby has followed",
        )

    def pause(self) -> None:
        self.ask("SELECT pg_wal_replay_pause()")
        wait_until(lambda: self.ask("SELECT pg_get_wal_replay_pause_state()") == "paused", "it stands still")

    def go_on(self) -> None:
        self.ask("SELECT pg_wal_replay_resume()")
