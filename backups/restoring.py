"""Puts a backup into an empty place, where the shop starts quiet, and proves the books."""

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounts.access.sealed import unreadable
from backups import media, numbers, postgres
from backups.manifest import DATABASE, HEADS, MEDIA, Manifest
from orders import audit
from orders.audit import heads
from outbox import quiet

RELATIONS = """
SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')
"""


class NotEmpty(Exception):
    """Something is there already. A restore overwrites nothing."""


def require_empty() -> None:
    """Raises NotEmpty for a database with a table, or a folder of pictures with a file."""
    with connection.cursor() as cursor:
        cursor.execute(RELATIONS)
        (found,) = cursor.fetchone()
    if found:
        name = connection.settings_dict["NAME"]
        raise NotEmpty(
            f"The database {name} is not empty: make a new one (createdb) and name it in DATABASE_URL."
        )
    if not media.is_empty():
        wanted = (
            "STORAGE_URL to a new folder of the bucket" if settings.STORAGE else "DATA_DIR to a new folder"
        )
        raise NotEmpty(f"{media.where()} is not empty: set {wanted}.")


def restore(folder: Path, *, about: Manifest, nothing_lost: bool = False) -> Iterator[str]:
    """Do it with a backup that can be read, and say line by line what was done.

    The shop that was copied is not asked for anything. With `nothing_lost` (the old shop stood still when the copy was
    made) numbers go on where they were. Raises NotEmpty, postgres.Failed, postgres.NoProgram.
    """
    require_empty()
    postgres.load(folder / DATABASE)
    connection.close()
    be_quiet()
    yield f"database: {about.orders} orders, as of {about.moment:%Y-%m-%d %H:%M:%S} UTC"
    media.unpack(folder / MEDIA)
    yield from come_up_to_date()
    if not nothing_lost:
        yield from numbers.leave_out(about.moment)
    yield from _said_of_secrets(about)
    yield from _said_of_second_factors()


def come_up_to_date() -> Iterator[str]:
    """The tables of this version, where the copy is of an older one."""
    if _are_behind():
        call_command("migrate", interactive=False, verbosity=0)
        yield "tables: brought up to this version"


def be_quiet() -> None:
    """Also where the copy is older than the table that says so."""
    call_command("migrate", "outbox", interactive=False, verbosity=0)
    quiet.begin()


def _are_behind() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _said_of_secrets(about: Manifest) -> Iterator[str]:
    if about.secrets_apart:
        yield f"not in the backup, and needed: {', '.join(about.secrets_apart)}"


def _said_of_second_factors() -> Iterator[str]:
    """A copy that is restored with another SECRET_KEY opens none of them."""
    lost = {factor.user.email for factor in unreadable()}
    if lost:
        yield (
            f"second factors of {len(lost)} people can't be read with this SECRET_KEY ({', '.join(sorted(lost))}): name the "
            "one of the copy in SECRET_KEY_FALLBACKS, or reset them at the desk; `manage.py createsuperuser` makes who may"
        )


def findings(folder: Path) -> Iterator[str]:
    """What does not add up, in itself or beside the digests that were made with the backup."""
    with audit.snapshot():
        yield from audit.findings()
        yield from heads.differences((folder / HEADS).read_text().splitlines())
