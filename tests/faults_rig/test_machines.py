"""The rig of many hosts: a short run of it, what is left of it afterwards, and a host that falls silent."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from config.addresses import complete_database
from config.runtime.environment import PROJECT
from faults.checking.checker import COLUMNS
from faults.machines import plan
from faults.machines.database import Pair
from faults.machines.hosts import Host
from faults.machines.network import SPACES, Network, missing

SECONDS = 1200
# Kept by the shop's own settings; a busy machine may take a little longer.
SILENCE_SECONDS = 30


def needs_machines() -> None:
    """In CI nothing of it may be missing."""
    if lacking := missing():
        if os.environ.get("CI"):
            pytest.fail(f"CI has what a run on many hosts needs: {lacking}")
        pytest.skip(lacking)


def command(*words: str) -> "subprocess.Popen[str]":
    """As `make machines` does it, whatever settings the tests have."""
    kept = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return subprocess.Popen(
        [sys.executable, "-m", "faults.machines", *words],
        cwd=PROJECT,
        env=kept,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def own_folder():
    """Which other accounts may enter: PostgreSQL runs as one."""
    folder = Path(tempfile.mkdtemp(prefix="orderly-machines-", dir="/tmp"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.long
def test_hosts_die_one_after_the_other_and_every_promise_is_kept():
    needs_machines()
    run = command("--short")
    said, errors = run.communicate(timeout=SECONDS)

    assert run.returncode == 0, said + errors
    lines = said.splitlines()
    zeros = lines[[line.split() for line in lines].index(list(COLUMNS)) + 1]
    assert zeros.split() == ["0"] * len(COLUMNS)
    rows = [
        line.split(" | ") for line in lines if line.startswith(tuple(f"| {kind} " for kind in plan.SHORT))
    ]
    assert [row[0].strip("| ") for row in rows] == list(plan.SHORT)
    assert all(row[2] != "never" for row in rows), said


@pytest.mark.live
def test_a_run_that_is_ended_leaves_no_host_behind():
    needs_machines()
    run = command("--short")
    before = {space.name for space in SPACES.glob("om*-web3")}
    until = time.monotonic() + 120
    while not (mine := {space.name for space in SPACES.glob("om*-web3")} - before):
        assert run.poll() is None, run.communicate()
        assert time.monotonic() < until
        time.sleep(0.1)
    # Other tests may have networks of their own meanwhile: only `--short` has a host of this name, and one run.
    network = mine.pop().removesuffix("web3")

    run.send_signal(signal.SIGINT)
    run.communicate(timeout=120)
    assert not list(SPACES.glob(f"{network}*"))


@pytest.mark.live
def test_a_database_that_falls_silent_is_given_up_in_time(own_folder):
    """Its host is cut off: no farewell comes, and what is asked of it gets no answer."""
    needs_machines()
    (own_folder / "logs").mkdir()
    with Network() as network:
        pair = Pair(*(Host(network, name, own_folder) for name in ("db1", "db2")))
        pair.start()
        settings = {"OPTIONS": {}}
        complete_database(settings, is_pooled=False)
        with psycopg.connect(pair.url_of(pair.primary), autocommit=True, **settings["OPTIONS"]) as line:
            assert line.execute("SHOW tcp_keepalives_idle").fetchone() == ("5",)
            pair.primary.cut()
            began = time.monotonic()
            with pytest.raises(psycopg.OperationalError):
                line.execute("SELECT 1")
        assert time.monotonic() - began < SILENCE_SECONDS
