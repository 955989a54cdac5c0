"""`bin/orderly upgrade` goes unit by unit, and what goes wrong ends it there: the rest serves on."""

import configparser
import os
import sys
from pathlib import Path

import pytest

from config.runtime import upgrade
from config.runtime.environment import PROJECT
from tests.config.runtime.test_commands import free_port
from tests.waiting import wait_until

SYSTEMCTL = PROJECT / "tests" / "stand_ins" / "systemctl.py"
UNITS = sorted((PROJECT / "deploy" / "systemd").glob("*.service"))


def required(unit: Path) -> str:
    said = configparser.RawConfigParser(strict=False)
    said.read(unit)
    return said.get("Unit", "Requires", fallback="")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_no_unit_is_restarted_because_the_tables_are_brought_up_to_date(unit):
    """Whatever requires a unit goes down with it when that one is started again: all at once."""
    assert required(unit) == ""


class Units:
    """A web server that answers, a worker that sleeps, and a step before both."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.web, self.worker = f"orderly-web@{self.port}.service", "orderly-worker@1.service"
        (folder / "units").mkdir()
        (folder / "site" / "healthz").mkdir(parents=True)
        (folder / "site" / "healthz" / "ready").write_text("ok\n")
        self.write("orderly-migrate.service", "/bin/true", "oneshot")
        serve = f'"{sys.executable}" -m http.server %i --bind 127.0.0.1 --directory "{folder}/site"'
        self.write("orderly-web@.service", serve, "exec")
        self.write("orderly-worker@.service", "/bin/sleep 1000", "exec")

    def write(self, name: str, command: str, kind: str) -> None:
        (self.folder / "units" / name).write_text(f"[Service]\nType={kind}\nExecStart={command}\n")

    def pids(self) -> list[str]:
        return [(self.folder / "state" / f"{unit}.pid").read_text() for unit in (self.web, self.worker)]


@pytest.fixture
def units(tmp_path, monkeypatch):
    units = Units(tmp_path)
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "systemctl").write_text(f'#!/bin/sh\nexec "{sys.executable}" "{SYSTEMCTL}" "$@"\n')
    (programs / "systemctl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setenv("SYSTEMCTL_UNITS", str(tmp_path / "units"))
    monkeypatch.setenv("SYSTEMCTL_STATE", str(tmp_path / "state"))
    upgrade._systemctl("start", units.worker, units.web, wrong="the test")
    wait_until(upgrade._is_ready(units.web), "the web server answers")
    yield units
    upgrade._systemctl("stop", units.worker, units.web, wrong="the test")


def test_web_servers_come_before_workers_and_each_is_started_again(units, capsys):
    before = units.pids()
    assert upgrade.main() == 0
    assert not set(before) & set(units.pids())
    said = [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()]
    assert said == ["tables", units.web, units.worker]


def test_tables_that_can_not_be_brought_up_to_date_change_nothing(units, capsys):
    before = units.pids()
    units.write("orderly-migrate.service", "/bin/false", "oneshot")
    assert upgrade.main() == 1
    assert units.pids() == before
    assert "the old code serves on" in capsys.readouterr().err


def test_a_web_server_that_is_not_ready_ends_it_there(units, capsys, monkeypatch):
    monkeypatch.setattr(upgrade, "PATIENCE", 1.0)
    (_web, worker) = units.pids()
    (units.folder / "site" / "healthz" / "ready").unlink()
    assert upgrade.main() == 1
    assert units.pids()[1] == worker
    assert f"{units.web} does not come up" in capsys.readouterr().err


def test_where_nothing_runs_it_says_so(units, capsys):
    upgrade._systemctl("stop", units.worker, units.web, wrong="the test")
    assert upgrade.main() == 1
    assert "no orderly-web@" in capsys.readouterr().err
