"""A running system for a run: in a folder of its own, on a disk of its own where that may be, and gone afterwards."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from faults.injection.disk import own_disk
from faults.injection.system import System


@contextmanager
def running_system(
    *,
    keep: bool = False,
    more: Mapping[str, str] | None = None,
    starting: Callable[[System], object] = lambda _: None,
    prepared: Path | None = None,
) -> Iterator[System]:
    """Start the system and have this process join it; afterwards none of it runs, nor is left unless it is kept.

    `starting` is told which it is, before it runs. With `prepared` it begins with a copy of that folder, which is made
    when it is missing: tables and goods are there then, and a start takes seconds.
    """
    if prepared and not (prepared / "running").exists():
        _prepare(prepared)
    with folder_of("faults", keep=keep) as folder, own_disk(folder, wanted=not keep) as disk:
        system = System(folder, more, disk)
        starting(system)
        try:
            if prepared:
                _copy(prepared, folder)
            system.start()
            yield system
        finally:
            system.stop()


@contextmanager
def folder_of(rig: str, *, keep: bool) -> Iterator[Path]:
    """A new folder; afterwards it is gone, or its name is printed. PostgreSQL, which root runs as another, gets through."""
    folder = Path(tempfile.mkdtemp(prefix=f"orderly-{rig}-", dir="/tmp"))
    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
    try:
        yield folder
    finally:
        if keep:
            print(folder)
        else:
            shutil.rmtree(folder, ignore_errors=True)


def _prepare(prepared: Path) -> None:
    """Have a shop start there once, and note that it did."""
    prepared.mkdir(exist_ok=True)
    prepared.chmod(0o711 if os.geteuid() == 0 else 0o700)
    system = System(prepared)
    try:
        system.start()
    finally:
        system.stop()
    (prepared / "running").touch()


def _copy(prepared: Path, folder: Path) -> None:
    """With owners and times; `cp` has no copy of its own of what a start makes anew."""
    subprocess.run(["cp", "-a", f"{prepared}/.", str(folder)], check=True)
    for name in ("lock", "running", "running.json", "processes.json"):
        (folder / name).unlink(missing_ok=True)
    for log in (folder / "logs").glob("*.log*"):
        log.unlink()
