"""The last release, as the newest heading of CHANGELOG.md names it: before this code, and its migrations are still there."""

import re

import pytest

from config import migration_rules
from tests.releases import last
from tests.releases.last import git


@pytest.fixture
def commit() -> str:
    return last.commit()


def migrations(commit: str) -> dict[str, set[str]]:
    """Of each app, by its files."""
    found: dict[str, set[str]] = {}
    files = git("ls-tree", "-r", "--name-only", commit).stdout
    for app, name in re.findall(r"^(\w+)/migrations/(\d{4}_\w+)\.py$", files, re.MULTILINE):
        found.setdefault(app, set()).add(name)
    return found


def test_the_last_release_is_before_this_code_and_its_migrations_are_the_released_ones(commit):
    assert git("merge-base", "--is-ancestor", commit, "HEAD").returncode == 0
    newest = {app: max(int(name[:4]) for name in names) for app, names in migrations(commit).items()}
    assert newest == migration_rules.RELEASED


def test_a_migration_that_was_released_keeps_its_name(commit):
    """A shop that has run it would not be upgraded: Django knows it by its name."""
    now = migrations("HEAD")
    gone = {app: names - now.get(app, set()) for app, names in migrations(commit).items()}
    assert {app: names for app, names in gone.items() if names} == {}
