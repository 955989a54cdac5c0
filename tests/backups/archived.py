"""Debian's PostgreSQL and pgBackRest, driven by the commands of docs/backups.md as they stand there."""

import os
import pwd
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Self

import pytest

from config.runtime.environment import PROJECT
from tests.config.runtime.tools import program

SECTION = "## To a point in time"
# What pgBackRest of Debian 12 knows; the page names it too.
PROGRAMS = Path("/usr/lib/postgresql/15/bin")
DATABASE = USER = "orderly"


def commands() -> list[list[str]]:
    """The section's blocks of commands: one to set it up, one to come back."""
    page = (PROJECT / "docs" / "backups.md").read_text(encoding="utf-8")
    section = page[page.index(SECTION) + len(SECTION) :].partition("\n## ")[0]
    return [block.strip().splitlines() for block in re.findall(r"```sh\n(.*?)```", section, re.DOTALL)]


def replace(line: str, replaced: dict[str, str]) -> str:
    for said, here in replaced.items():
        line = line.replace(said, here)
    return line


class Cluster:
    """A server with a role and a database of the shop's, and a repository, in a folder of its own."""

    def __init__(self) -> None:
        program("pgbackrest")
        if not PROGRAMS.is_dir():
            pytest.fail("PostgreSQL 15 is missing: apt-get install postgresql-15")
        self.account = pwd.getpwnam("postgres")
        self.folder = Path(tempfile.mkdtemp(prefix="orderly-pitr-", dir="/tmp"))
        self.folder.chmod(0o711)
        for name in ("files", "sockets", "repository", "logs", "locks", "spool"):
            (self.folder / name).mkdir(mode=0o700)
            os.chown(self.folder / name, self.account.pw_uid, self.account.pw_gid)
        (self.folder / "sockets").chmod(0o755)
        self.config = self.folder / "pgbackrest.conf"
        self.url = f"postgres://{USER}@/{DATABASE}?host={self.folder / 'sockets'}&port=5432"
        self.there = {"HOST": str(self.folder / "sockets"), "USER": USER, "PORT": "5432"}
        here = {name: str(self.folder / folder) for name, folder in self._folders().items()}
        self.environment = {
            "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
            "LC_ALL": "C.UTF-8",
            "PGHOST": str(self.folder / "sockets"),
            "PGBACKREST_CONFIG": str(self.config),
            **{f"PGBACKREST_{name}": path for name, path in here.items()},
        }

    @staticmethod
    def _folders() -> dict[str, str]:
        return {
            "PG1_PATH": "files",
            "PG1_SOCKET_PATH": "sockets",
            "REPO1_PATH": "repository",
            "LOG_PATH": "logs",
            "LOCK_PATH": "locks",
            "SPOOL_PATH": "spool",
        }

    def __enter__(self) -> Self:
        self.as_postgres(
            "initdb", "-D", str(self.folder / "files"), "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8"
        )
        self.systemctl("start", "postgresql")
        self.as_postgres("createuser", USER)
        self.as_postgres("createdb", "--owner", USER, DATABASE)
        return self

    def __exit__(self, *error: object) -> None:
        self.systemctl("stop", "postgresql")
        shutil.rmtree(self.folder)

    def follow(self, lines: list[str], *, shop: Callable[[str], object], **replaced: str) -> None:
        """Do what a page says, line by line; `shop` is given the lines that are the shop's own."""
        for line in (replace(line, replaced) for line in lines):
            words = shlex.split(line)
            if words[:4] == ["runuser", "-u", "postgres", "--"]:
                self.as_postgres(*words[4:])
            elif words[0] == "systemctl" and words[2] == "postgresql":
                self.systemctl(*words[1:])
            elif words[0] == "install":
                shutil.copy(PROJECT / Path(words[-2]).relative_to("/opt/orderly"), self.config)
                self.config.chmod(0o644)
            elif words[0] != "apt-get":
                shop(line)

    def systemctl(self, verb: str, _postgresql: str) -> None:
        """PostgreSQL's own program in place of its unit."""
        options = f"-c unix_socket_directories={self.folder / 'sockets'} -c listen_addresses="
        more = ["-m", "fast"] if verb != "start" else []
        log = str(self.folder / "logs" / "postgres.log")
        self.as_postgres(
            "pg_ctl",
            "-w",
            "-t",
            "120",
            "-D",
            str(self.folder / "files"),
            "-l",
            log,
            "-o",
            options,
            *more,
            verb,
        )

    def as_postgres(self, *words: str) -> str:
        done = subprocess.run(
            words,
            user=self.account.pw_uid,
            group=self.account.pw_gid,
            extra_groups=[],
            env=self.environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            # The server keeps what pg_ctl was given.
            stdout=subprocess.DEVNULL if words[0] == "pg_ctl" else subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{words}: {done.stdout}\n{self.log()}"
        return done.stdout or ""

    def log(self) -> str:
        log = self.folder / "logs" / "postgres.log"
        return log.read_text()[-3000:] if log.exists() else ""
