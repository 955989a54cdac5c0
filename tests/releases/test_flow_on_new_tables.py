"""The last release's own tests of the order flow, on the tables of this code: so the old code works during an upgrade."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.runtime.embedded import Postgres, needed_servers
from tests.databases import copy_template
from tests.releases import last

pytestmark = [pytest.mark.live, pytest.mark.long]
# What PostgreSQL copies each new database from: the old tests find their tables there, and nothing to migrate.
COPIED = "template1"
# The rooms that an order comes through, without what takes many connections or much time.
ROOMS = (
    "tests/orders/api",
    "tests/orders/lifecycle/test_transitions.py",
    "tests/orders/lifecycle/test_confirmation.py",
)
FEWEST = 100


@pytest.fixture
def new_tables(migrated_template, django_db_blocker) -> Iterator[Postgres]:
    """A server of its own."""
    home = Path(tempfile.mkdtemp(prefix="orderly-last-", dir="/tmp"))
    home.chmod(0o711)
    (home / "logs").mkdir()
    (home / "sockets").mkdir(mode=0o711)
    wanted = {"REDIS_URL": "not needed"}
    (server,) = needed_servers(wanted, home, home / "logs", sockets=home / "sockets", durable=False)
    assert isinstance(server, Postgres)
    server.start()
    try:
        with django_db_blocker.unblock():
            there = {"HOST": str(server.sockets), "PORT": "5432", "USER": "orderly", "PASSWORD": ""}
            copy_template(home / "template", COPIED, **there)
        yield server
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


def test_the_last_release_passes_its_tests_of_the_order_flow_on_the_tables_of_this_code(new_tables, tmp_path):
    old = last.unpack(tmp_path / "last")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "TEST_RUN"))}
    words = ["-n", "0", "-m", "flow and not live and not long", "-q", "--tb=short", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [".venv/bin/python", "-m", "pytest", *words, *ROOMS],
        cwd=old,
        env=kept | {"DATABASE_URL": new_tables.url},
        capture_output=True,
        text=True,
        check=False,
    )
    passed = re.search(r"(\d+) passed", done.stdout)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-1000:]
    assert passed and int(passed[1]) >= FEWEST, done.stdout[-500:]
