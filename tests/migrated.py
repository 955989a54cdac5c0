"""The migrated database as a file: as long as nothing changes that makes it, later runs need not migrate again.

Migrating takes many seconds of a processor, everybody waits for it, and CI starts half a dozen runs.
"""

import ast
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from django.core.management import call_command

from backups import postgres
from config.runtime.environment import PROJECT
from config.runtime.prepare import one_at_a_time
from database.migrating import keeping_classes


def fill(folder: Path | None) -> None:
    """Bring the empty database of this process's connection to the last migration.

    From a file in the folder, if there is one that an earlier run with the same code has left; else by `migrate`.
    """
    file = folder / f"{postgres.server_version()}-{_fingerprint()}.dump" if folder else None
    if file and _load(file):
        return
    with one_at_a_time(), keeping_classes():
        call_command("migrate", verbosity=0, interactive=False)
    if file:
        _keep(file)


def _load(file: Path) -> bool:
    """Whether the file is there, whole, and filled the database; if not, the database is still empty."""
    if not file.exists():
        return False
    try:
        postgres.load(file)
    except (postgres.NoProgram, postgres.Failed):
        return False
    return True


def _keep(file: Path) -> None:
    """Leave the database to later runs on such a server, and of other code nothing. A server may be without pg_dump.

    CI runs tests on its own servers and on others, in turns.
    """
    half_made = file.with_suffix(f".{os.getpid()}")
    try:
        postgres.run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={half_made}")
    except (postgres.NoProgram, postgres.Failed):
        half_made.unlink(missing_ok=True)
        return
    for old in file.parent.glob(f"{file.name.split('-')[0]}-*.dump"):
        old.unlink(missing_ok=True)
    half_made.replace(file)


def _fingerprint() -> str:
    """Changes with all that migrating may look at: migrations, models, what they import, packages."""
    digest = hashlib.sha256()
    for file in (PROJECT / "requirements.txt", Path(__file__), PROJECT / "tests/settings.py", *_sources()):
        digest.update(f"\0{file.relative_to(PROJECT)}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:32]


def _sources() -> list[Path]:
    """Each file once, in order."""
    found: set[Path] = set()
    waiting = [PROJECT / "config/settings.py"]
    for part in ("migrations/*.py", "models.py", "models/**/*.py"):
        waiting += PROJECT.glob(f"*/{part}")
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            waiting += _imported(file)
    return sorted(found)


def _imported(file: Path) -> Iterator[Path]:
    """The project's own files that one imports, wherever it does."""
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            names = [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or "", *(f"{node.module}.{name.name}" for name in node.names)]
        else:
            continue
        for name in names:
            path = PROJECT / name.replace(".", "/")
            yield from (
                each for each in (path.with_suffix(".py"), path / "__init__.py") if name and each.is_file()
            )
