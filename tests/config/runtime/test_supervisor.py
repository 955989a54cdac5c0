"""What the supervisor does with processes that live and do nothing, and with a disk that is full."""

import errno
import socket
import sys
import time

import pytest

from config.runtime import processes, watchdog
from config.runtime.embedded import Valkey
from config.runtime.processes import Child
from config.runtime.supervisor import Supervisor
from config.runtime.watchdog import Watchdog
from tests.waiting import wait_until

TELLS = "import time; from config.runtime import watchdog\nwhile True: watchdog.tell(); time.sleep(0.05)"
TELLS_ONCE = "import time; from config.runtime import watchdog\nwatchdog.tell(); time.sleep(600)"


@pytest.fixture
def child(tmp_path):
    """Starts a process of a few lines."""
    begun: list[Child] = []

    def start(code: str) -> Child:
        one = Child("test", [sys.executable, "-c", code], tmp_path / "log", {}, watchdog=Watchdog())
        begun.append(one)
        one.start()
        return one

    yield start
    for one in begun:
        one.stop()


def test_a_process_that_makes_no_progress_is_ended_and_started_again(child, monkeypatch):
    stuck, well = child(TELLS_ONCE), child(TELLS)
    before = stuck.pid
    wait_until(lambda: _was_heard(stuck) and _was_heard(well), "a first sign")

    monkeypatch.setattr(watchdog, "SILENT_SECONDS", 1.0)
    wait_until(stuck.end_if_stuck, "ended")
    assert not stuck.alive
    wait_until(stuck.revive, "started again")
    assert stuck.pid != before
    assert not well.end_if_stuck()


def _was_heard(one: Child) -> bool:
    one.watchdog.is_silent()
    return one.watchdog.heard_at > one.started_at + 0.001


def test_a_process_that_was_just_started_has_its_time(child, monkeypatch):
    one = child("import time; time.sleep(600)")
    assert not one.end_if_stuck()
    began = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: began + 250)
    assert not one.end_if_stuck()
    monkeypatch.setattr(time, "monotonic", lambda: began + 301)
    assert one.end_if_stuck()


def test_a_server_that_ended_often_is_started_again_soon(tmp_path):
    child = Valkey(tmp_path, tmp_path, tmp_path).child
    child.failures = 8
    assert child.pause() <= 2


def test_a_note_that_cannot_be_written_ends_nothing(tmp_path, child, monkeypatch, capsys):
    """A full disk, say."""

    def full(*_given: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(processes, "write_privately", full)
    shop = Supervisor.__new__(Supervisor)
    shop.folder, shop.prepare, shop.watched = tmp_path, child(TELLS), [child("pass")]
    (ended,) = shop.watched
    before = ended.pid
    wait_until(lambda: not ended.alive, "it ends")

    wait_until(lambda: shop.revive() or ended.pid != before, "it is started again")
    assert "cannot note" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "ports"), [("9100", ["9100", "9101", "9102"]), ("", ["", "", ""]), ("0", ["0"] * 3)]
)
def test_each_process_has_a_port_of_its_own_for_what_it_does(tmp_path, given, ports):
    shop = Supervisor.__new__(Supervisor)
    shop.logs, shop.environment = tmp_path, {"METRICS_PORT": given}
    with socket.socket() as shop.listener:
        web = shop.web_children(reload=False)
    worker = shop.child("worker", [], nth=len(web))
    assert [one.environment["METRICS_PORT"] for one in (*web, worker)] == ports
