"""The last release: its commit, as the newest heading of CHANGELOG.md names it, and its code in a folder of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from config.runtime.environment import PROJECT

HEADING = re.compile(r"^## (\d+\.\d+\.\d+), \d{4}-\d\d-\d\d \(([0-9a-f]{7,40})\)$", re.MULTILINE)


def git(*words: str, into: Path | None = None) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-C", str(into or PROJECT), *words]
    return subprocess.run(command, env=kept, capture_output=True, text=True, check=False)


def version() -> str:
    return _heading()[1]


def commit() -> str:
    """Skips the test where the clone does not hold it."""
    named = _heading()[2]
    if git("cat-file", "-e", f"{named}^{{commit}}").returncode:
        pytest.skip(f"the clone does not hold {named}: git fetch --unshallow")
    return named


def _heading() -> re.Match[str]:
    found = HEADING.search((PROJECT / "CHANGELOG.md").read_text(encoding="utf-8"))
    assert found, "CHANGELOG.md names no release"
    return found


def unpack(folder: Path) -> Path:
    """The last release's files in the new folder, with the packages that it names; the folder."""
    folder.mkdir()
    archive = folder.with_suffix(".tar")
    assert git("archive", f"--output={archive}", commit()).returncode == 0
    subprocess.run(["tar", "-xf", str(archive), "-C", str(folder)], check=True)
    archive.unlink()
    if _pins(folder) <= _pins(PROJECT):
        (folder / ".venv").symlink_to(Path(sys.prefix))
    else:
        subprocess.run([sys.executable, "bin/setup", "requirements-dev.txt"], cwd=folder, check=True)
    return folder


def _pins(folder: Path) -> set[str]:
    """What is to be installed, with the versions."""
    texts = [
        (folder / name).read_text(encoding="utf-8") for name in ("requirements.txt", "requirements-dev.txt")
    ]
    return {line for text in texts for line in text.splitlines() if "==" in line}
