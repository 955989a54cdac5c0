"""Makes a shop ready to serve, in one process: translations, tables, static files and, at first, the demo's goods.

Each step is skipped when nothing changed since it was last finished, so that a second start is quick.
"""

import hashlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from config.runtime import memory
from config.runtime.environment import PROJECT, go_direct, read_files, write_privately

DATABASE_SECONDS = 60.0
# How long a migration is tried again whose lock another has, such as a backup, and the pause before that.
LOCK_SECONDS, LOCK_PAUSE = 3600.0, 1.0
# Of the advisory lock that one of many preparing processes holds at a time.
PREPARING = 0x6F726465726C79


def compile_translations() -> None:
    """Compile each catalog that is newer than what was compiled from it."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    for source in PROJECT.glob("locale/**/django.po"):
        compiled = source.with_suffix(".mo")
        if compiled.exists() and compiled.stat().st_mtime > source.stat().st_mtime:
            continue
        new = compiled.with_suffix(f".{os.getpid()}.new")
        with source.open("rb") as catalog, new.open("wb") as file:
            write_mo(file, read_po(catalog, locale=source.parts[-3]))
        new.replace(compiled)


class Note:
    """A small file with the state (such as a checksum of the inputs) for which a step was last finished."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def says(self, state: str) -> bool:
        try:
            return self.path.read_text() == state
        except FileNotFoundError:
            return False

    def write(self, state: str) -> None:
        write_privately(self.path, state)

    def forget(self) -> None:
        self.path.unlink(missing_ok=True)


def fingerprint(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def wait_for_database() -> None:
    """Wait until the database, which was started together with this process, takes connections."""
    from django.db import OperationalError, connection

    deadline = time.monotonic() + DATABASE_SECONDS
    while True:
        try:
            return connection.ensure_connection()
        except OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Hosts that start at one moment migrate one after the other. What they do may take longer than a page may.

    They look again and again: an index that is made concurrently would wait for a statement that waits for the lock.
    """
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0"
        )
        while not _is_ours(cursor):
            time.sleep(0.5)
    try:
        yield
    finally:
        # With the session the lock and the settings go.
        connection.close()


def _is_ours(cursor: Any) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s)", [PREPARING])
    return bool(cursor.fetchone()[0])


def migrate(note: Note, database: str) -> None:
    """Bring the tables up to date. A run that did not finish is run again: signals after the last migration do work too."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from database.migrating import keeping_classes

    executor = MigrationExecutor(connection)
    if note.says(database) and not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return
    note.forget()
    with keeping_classes():
        patiently(lambda: call_command("migrate", interactive=False))
    note.write(database)


def patiently(work: Callable[[], object]) -> None:
    """Do it again when a lock was not to be had at once (database/schema.py): meanwhile whoever waited can go on."""
    from django.db import OperationalError
    from psycopg.errors import LockNotAvailable

    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            work()
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable) or time.monotonic() > deadline:
                raise
            sys.stderr.write(f"orderly: another holds a lock, such as a backup; trying again: {error}\n")
            time.sleep(LOCK_PAUSE)
        else:
            return


def keep_timeouts() -> None:
    """Where a pool is in front, the role has the site's timeouts: connections can't bring them. For this database alone."""
    from django.conf import settings
    from django.db import connection

    from config.addresses import TIMEOUTS

    if not settings.DATABASE_DIRECT_URL:
        return
    name = connection.ops.quote_name(settings.DATABASES["default"]["NAME"])
    with connection.cursor() as cursor:
        for setting, value in TIMEOUTS.items():
            cursor.execute(f"ALTER ROLE CURRENT_USER IN DATABASE {name} SET {setting} = {value}")


def check_currency() -> None:
    """Stop where the stored prices are in another currency than the setting says."""
    from django.core.management import call_command

    from catalog.currency import note_currency

    note_currency()
    call_command("check", databases=["default"], tags=["database"])


def collect_static() -> None:
    """Collect the static files when one of them changed; with DEBUG they are served from where they are."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    if settings.DEBUG:
        return
    files = [(path, storage.path(path)) for finder in get_finders() for path, storage in finder.list([])]
    state = fingerprint(sorted((path, full, Path(full).stat().st_mtime_ns) for path, full in files))
    note = Note(settings.STATIC_ROOT.with_name(f"{settings.STATIC_ROOT.name}.collected"))
    if note.says(state) and (settings.STATIC_ROOT / "staticfiles.json").exists():
        return
    note.forget()
    call_command("collectstatic", interactive=False, verbosity=0)
    note.write(state)


def complete_pictures() -> None:
    """Make the missing sizes of pictures that were stored before there were two; other shops have none."""
    from django.core.management import call_command

    call_command("pictures")


def fill_demo(note: Note, database: str) -> None:
    """Fill the demo shop, unless that was done and its customer is still there. A shop of somebody's own stays as it is."""
    from django.contrib.auth import get_user_model
    from django.core.management import call_command

    users = get_user_model().objects
    is_there = users.filter(email="customer@example.com").exists()
    if not is_there and not note.says(database) and users.exists():
        sys.exit(
            "orderly: this database holds a shop that is not the demo: set DEMO=0, or name another DATABASE_URL."
        )
    if not (note.says(database) and is_there):
        call_command("demo")
        note.write(database)


def main() -> int:
    try:
        compile_translations()
    except OSError as error:
        sys.exit(f"orderly: {error}: run `bin/orderly build` once where the code can be written.")
    if "--translations" in sys.argv:
        return 0
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    # The lock that one of many holds needs a connection of its own.
    read_files()
    go_direct()
    import django

    memory.begin()
    django.setup()
    memory.spare()
    from django.conf import settings

    settings.DATA_DIR.mkdir(exist_ok=True)
    server = settings.DATABASES["default"]
    database = fingerprint(server["HOST"], server["PORT"], server["NAME"])
    wait_for_database()
    with one_at_a_time():
        migrate(Note(settings.DATA_DIR / "migrated"), database)
        keep_timeouts()
        check_currency()
        collect_static()
        complete_pictures()
        if settings.DEMO and "--no-demo" not in sys.argv:
            fill_demo(Note(settings.DATA_DIR / "demo-filled"), database)
    return 0


if __name__ == "__main__":
    sys.exit(main())
