"""Where embedded servers put their sockets, and which processes of a killed shop are ended."""

import json
import os
import subprocess
import sys

import pytest

from config.runtime import paths
from config.runtime.processes import birth, end_leftovers


@pytest.fixture
def base(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "_socket_base", lambda: tmp_path)
    return tmp_path


def test_sockets_lie_in_a_folder_that_only_we_may_write(base):
    folder = paths.socket_folder(base / "data")
    assert folder.parent == base
    assert not folder.stat().st_mode & 0o066
    assert paths.socket_folder(base / "data") == folder
    assert paths.socket_folder(base / "other data") != folder


@pytest.mark.parametrize("how", ["writable", "link", "file"])
def test_a_socket_folder_that_someone_else_made_is_avoided(base, how):
    expected = paths.socket_folder(base / "data")
    expected.rmdir()
    if how == "writable":
        expected.mkdir()
        expected.chmod(0o777)
    elif how == "link":
        expected.symlink_to(base)
    else:
        expected.touch()
    folder = paths.socket_folder(base / "data")
    assert folder != expected
    folder.rmdir()


def noted(pid: int, born: str | None) -> str:
    return json.dumps([{"name": "one", "pid": pid, "birth": born, "signal": 15, "last": 9}])


def test_leftovers_of_a_killed_shop_are_ended_and_a_later_process_of_that_number_is_not(tmp_path):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        (tmp_path / "processes.json").write_text(noted(process.pid, "another boot 1"))
        end_leftovers(tmp_path)
        assert process.poll() is None
        (tmp_path / "processes.json").write_text(noted(process.pid, birth(process.pid)))
        end_leftovers(tmp_path)
        assert process.wait(10) == -15
    assert not (tmp_path / "processes.json").exists()


def test_a_process_that_is_gone_has_no_birth():
    assert birth(os.getpid()) == birth(os.getpid())
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert birth(process.pid) is None
