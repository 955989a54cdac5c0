"""A drill: the newest backup is restored into a server of its own, the books are proved, and both are gone again.

The shop is not touched, and its account needs no right to make databases: the server is that of `make run`, out of its
wheel.
What came of it is noted in the shop, where the desk and the metrics show it.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.runtime.embedded import needed_servers
from config.runtime.environment import PROJECT, Refused
from config.runtime.supervisor import say


def drill(target: Path, identity: Path | None = None) -> int:
    """Restore the newest backup in the folder, note how that ended, and say it; 0 if it is worth something."""
    from backups import manifest, writing  # noqa: PLC0415 settings are known once Django is set up
    from backups.models import Backup  # noqa: PLC0415 likewise

    folder = next(iter(writing.all_in(target)), None)
    if folder is None:
        raise Refused(f"{target} holds no backup.")
    about = manifest.read(folder)
    began = time.monotonic()
    failure = _try_out(folder, identity)
    seconds = time.monotonic() - began
    Backup.objects.create(
        kind=Backup.Kind.DRILL,
        as_of=about.moment,
        place=str(folder),
        seconds=seconds,
        bytes=about.bytes,
        failure=failure,
    )
    said = f"not restorable: {failure}" if failure else f"restorable as of {about.as_of}, in {seconds:.0f} s"
    say(f"{folder.name}: {said}", sys.stderr if failure else sys.stdout)
    return 1 if failure else 0


def _try_out(folder: Path, identity: Path | None) -> str:
    """The last words of a restore that failed; empty if it went well."""
    key = ["--identity", str(identity)] if identity else []
    with scratch() as environment:
        done = subprocess.run(
            [sys.executable, "manage.py", "restore", str(folder), *key],
            cwd=PROJECT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    return (done.stdout + done.stderr)[-2000:] if done.returncode else ""


@contextmanager
def scratch() -> Iterator[dict[str, str]]:
    """The environment of an empty shop on a database server of its own, which ends with this block."""
    home = Path(tempfile.mkdtemp(prefix="drill-", dir=_room()))
    home.chmod(0o711 if os.geteuid() == 0 else 0o700)
    try:
        for name in ("logs", "data"):
            (home / name).mkdir(mode=0o700)
        (server,) = needed_servers({"REDIS_URL": "not needed"}, home, home / "logs", durable=False)
        try:
            server.start()
            environment = os.environ | {"DATABASE_URL": server.url, "DATA_DIR": str(home / "data")}
            # The pictures too go into its own folder, and not into the shop's bucket.
            for name in ("DATABASE_DIRECT_URL", "STORAGE_URL", "STORAGE_URL_FILE"):
                environment.pop(name, None)
            yield environment
        finally:
            server.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _room() -> Path:
    """Where there is room for it. As root the database runs as another account, which must be able to enter."""
    from django.conf import settings  # noqa: PLC0415 see above

    return Path("/var/tmp") if os.geteuid() == 0 else settings.DATA_DIR  # noqa: S108 mkdtemp makes the folder safely


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django  # noqa: PLC0415 see above

    django.setup()
    parser = argparse.ArgumentParser()
    parser.add_argument("target", type=Path)
    parser.add_argument("--identity", type=Path)
    # The other words were for the backup.
    given, _others = parser.parse_known_args()
    try:
        return drill(given.target.resolve(), given.identity and given.identity.resolve())
    except Refused as refusal:
        say(f"orderly: {refusal}", sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
