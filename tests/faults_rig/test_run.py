"""The whole rig: a short run of real processes, customers, faults, rest, and zeros."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.runtime.environment import PROJECT
from faults.checking.checker import COLUMNS

SECONDS = 900


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """As `make faults` does it, whatever settings the tests have."""
    kept = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return subprocess.run(
        [sys.executable, "-m", "faults", *words],
        cwd=PROJECT,
        env=kept,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )


@pytest.mark.long
def test_a_short_run_has_orders_and_faults_and_zeros():
    done = run("--seconds", "15", "--seed", "1", "--clients", "4")

    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert int(lines[0].split(": ")[1].split()[0]) > 0, "there were orders"
    assert int(lines[1].split()[0]) > 0, "and faults"
    (kept,) = (line for line in lines if line.endswith(".json"))
    answers = json.loads(Path(kept).read_text())["answers"]
    assert answers["sign-in 200"] > 0, "and guests came in by a code"
    assert lines[lines.index("  ".join(COLUMNS)) + 1].split() == ["0"] * len(COLUMNS)


@pytest.mark.long
def test_a_short_run_with_restless_providers_ends_with_books_that_agree():
    done = run("--only", "providers", "--seed", "3", "--orders", "24", "--clients", "6")

    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert int(lines[0].split(": ")[1].split()[0]) > 0, "there were orders"
    assert lines[lines.index("  ".join(COLUMNS)) + 1].split() == ["0"] * len(COLUMNS)
    assert any(line.startswith("calls that went wrong: ") for line in lines)


def test_faults_that_there_are_not_are_refused_before_anything_starts():
    done = run("--only", "moon")

    assert done.returncode == 2
    assert "moon is no fault: choose from web, worker" in done.stderr
