"""Logs of a shop that runs for months don't fill its disk, and nothing that is there is lost without a trace."""

import subprocess
import sys

import pytest

from config.runtime import logs
from config.runtime.processes import Child
from tests.waiting import wait_until

MUCH = "import sys\nfor line in sys.stdin: print(line.strip() * 100, flush=True)"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(logs, "MOST", 1000)
    return logs.make_logs(tmp_path)


def test_a_log_that_grew_too_large_begins_anew_and_its_process_goes_on_writing_there(folder):
    log = folder / "web.log"
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", MUCH], stdin=subprocess.PIPE, stdout=out, text=True, bufsize=1
        )
    with process, process.stdin as words:
        for word, size in (("early later", 1100), ("late", 400)):
            words.write(f"{word}\n")
            wait_until(lambda least=size: log.stat().st_size >= least, "it is written")
            logs.shorten(folder)

    assert log.read_text() == "late" * 100 + "\n"
    assert (folder / "web.log.1").read_text() == "early later" * 100 + "\n"


def test_the_older_one_is_kept_once(folder):
    log = folder / "web.log"
    for word in "abc":
        log.write_text(word * 2000)
        logs.shorten(folder)

    assert {file.name: file.read_text() for file in folder.iterdir()} == {
        "web.log": "",
        "web.log.1": "c" * 2000,
    }


def test_a_child_of_the_supervisor_writes_in_such_a_way(folder):
    log = folder / "child.log"
    child = Child(
        "child", [sys.executable, "-c", "import time\nprint('x' * 2000, flush=True)\ntime.sleep(60)"], log, {}
    )
    child.start()
    try:
        wait_until(lambda: log.exists() and log.stat().st_size > 2000, "it is written")
        logs.shorten(folder)
        with log.open() as now:
            assert now.read() == ""
        assert child.alive
    finally:
        child.stop()


def test_what_cannot_be_kept_ends_nothing(folder, monkeypatch):
    log = folder / "web.log"
    log.write_text("x" * 2000)
    (folder / "web.log.1").mkdir()
    bounded = logs.Bounded(folder)
    monkeypatch.setattr(logs, "LOOK_EVERY", 0)

    bounded.look()

    assert log.read_text() == "x" * 2000
