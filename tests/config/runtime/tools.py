"""Debian's programs that tests put in front of a shop. In CI none may be missing."""

import os
import pwd
import shutil
from pathlib import Path

import pytest


def program(name: str) -> str:
    """Its path; without it the test is skipped, and in CI it has failed."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if found is None and os.environ.get("CI"):
        pytest.fail(f"CI has {name}")
    return found or pytest.skip(f"no {name} was found")


def not_root(server: str) -> int:
    """As whom a program runs that refuses to be root: who owns the database's socket, or nobody."""
    if os.geteuid() != 0:
        return os.geteuid()
    owner = Path(server).stat().st_uid if server.startswith("/") else 0
    return owner or pwd.getpwnam("nobody").pw_uid
