"""Makes a backup while the shop serves: database, pictures, digests and the manifest, all of one moment."""

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from backups import media, postgres, sealing
from backups.manifest import DATABASE, HEADS, MEDIA, SECRET_SETTINGS, SECRETS, Manifest, described, write
from orders import audit
from orders.audit import heads

NAME = re.compile(r"orderly-\d{8}T\d{6}Z")


def make(
    target: Path, *, with_secrets: bool = False, encrypt_to: Sequence[str] = ()
) -> tuple[Path, Manifest]:
    """A new folder in `target`, which is whole or not there at all; encrypted to these public keys, if any are given.

    Raises sealing.Sealed for a key that is none, postgres.Failed, postgres.NoProgram, OSError.
    """
    keys = sealing.recipients(encrypt_to)
    with audit.snapshot():
        as_of, snapshot = _export()
        final = target / f"orderly-{as_of:%Y%m%dT%H%M%SZ}"
        with _half_made(final) as folder:
            # Pictures first: a file is deleted only after its row, so hardly any that the rows name is gone by now.
            media.pack(folder / MEDIA)
            postgres.dump(folder / DATABASE, snapshot=snapshot)
            write(folder / HEADS, "".join(f"{line}\n" for line in heads.heads()))
            apart = [name for name in SECRET_SETTINGS if os.environ.get(name)]
            if with_secrets:
                _write_secrets(folder / SECRETS, apart)
            for file in sorted(folder.iterdir()) if keys else ():
                sealing.seal(file, keys)
            manifest = _manifest(folder, as_of, [] if with_secrets else apart)
            manifest.write(folder)
    return final, manifest


def _export() -> tuple[datetime, str]:
    """The moment of this transaction's snapshot, and the name by which another connection takes it over."""
    with connection.cursor() as cursor:
        # It waits for pg_dump, however long that takes.
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SELECT clock_timestamp(), pg_export_snapshot()")
        as_of, snapshot = cursor.fetchone()
    return as_of.astimezone(UTC), snapshot


@contextmanager
def _half_made(final: Path) -> Iterator[Path]:
    """A folder under another name, which gets its own when all is in it."""
    folder = final.with_name(f"{final.name}.part")
    folder.mkdir(mode=0o700, parents=True)
    try:
        yield folder
        for path in (*folder.iterdir(), folder):
            _to_disk(path)
        folder.rename(final)
        _to_disk(final.parent)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _to_disk(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _write_secrets(file: Path, names: list[str]) -> None:
    write(file, "".join(f"{name}={os.environ[name]}\n" for name in names))


def _manifest(folder: Path, as_of: datetime, apart: list[str]) -> Manifest:
    # Of each app the last one stays.
    applied = dict(sorted(MigrationRecorder(connection).applied_migrations()))
    return Manifest(
        as_of=as_of.isoformat(),
        postgresql=postgres.server_version(),
        migrations=applied,
        orders=audit.summary().orders,
        secrets_apart=apart,
        files={path.name: described(path) for path in sorted(folder.iterdir())},
    )


def all_in(target: Path) -> list[Path]:
    """The whole backups in a folder, the newest first."""
    return sorted((path for path in target.glob("orderly-*") if NAME.fullmatch(path.name)), reverse=True)


def forget_old(target: Path, *, keep: int) -> list[Path]:
    """Delete all but the newest; which ones."""
    old = all_in(target)[keep:]
    for folder in old:
        shutil.rmtree(folder)
    return old
