#!/usr/bin/env python3
"""The words of systemctl that the documents and `bin/orderly upgrade` use, on a machine that systemd does not run.

Units are the very files of deploy/systemd: their account, environment, commands and times to stop are kept; what they
require is started with them, and a unit that requires one is restarted with it, as systemd does. Sandboxing and
watchdogs are not there.
"""

import configparser
import fnmatch
import os
import pwd
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

UNITS = Path(os.environ.get("SYSTEMCTL_UNITS", "/etc/systemd/system"))
STATE = Path(os.environ.get("SYSTEMCTL_STATE", "/run/units"))


class Unit:
    def __init__(self, name: str) -> None:
        self.name = name if name.endswith((".service", ".timer")) else f"{name}.service"
        stem, at, rest = self.name.partition("@")
        self.instance = rest.rpartition(".")[0]
        file = UNITS / (f"{stem}@.service" if at else self.name)
        if not file.is_file():
            sys.exit(f"Unit {self.name} not found.")
        self.said = configparser.RawConfigParser(strict=False)
        self.said.optionxform = str
        self.said.read_string(file.read_text().replace("%i", self.instance))
        self.pid_file, self.log = STATE / f"{self.name}.pid", STATE / f"{self.name}.log"

    def get(self, section: str, name: str, default: str = "") -> str:
        return self.said.get(section, name, fallback=default)

    def needs(self) -> list[str]:
        return self.get("Unit", "Requires").split()

    def is_active(self) -> bool:
        try:
            pid = int(self.pid_file.read_text())
            # One that has ended stays a zombie where nobody waits for it.
            return pid == 0 or Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
        except (OSError, ValueError):
            return False

    def environment(self) -> dict[str, str]:
        given = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        for word in shlex.split(self.get("Service", "Environment")):
            name, _is, value = word.partition("=")
            given[name] = value
        if file := self.get("Service", "EnvironmentFile"):
            lines = (line.strip() for line in Path(file).read_text().splitlines())
            pairs = (line.split("=", 1) for line in lines if line and not line.startswith("#"))
            given |= {name: value[1:-1] if value[:1] in {"'", '"'} else value for name, value in pairs}
        return given

    def start(self) -> None:
        if self.is_active():
            return
        for name in (*self.needs(), *self.get("Unit", "Wants").split()):
            if (UNITS / name).is_file():
                Unit(name).start()
        account = self.get("Service", "User")
        if folder := self.get("Service", "StateDirectory"):
            Path("/var/lib", folder).mkdir(exist_ok=True)
            shutil.chown(Path("/var/lib", folder), account or None)
        options = {}
        if account:
            options = {"user": account, "group": pwd.getpwnam(account).pw_gid, "extra_groups": []}
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                shlex.split(self.get("Service", "ExecStart")),
                env=self.environment(),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **options,
            )
        if self.get("Service", "Type") != "oneshot":
            self.pid_file.write_text(str(process.pid))
        elif process.wait():
            sys.exit(f"Job for {self.name} failed:\n{self.log.read_text()[-2000:]}")
        elif self.get("Service", "RemainAfterExit") == "yes":
            self.pid_file.write_text("0")

    def stop(self) -> None:
        pid = int(self.pid_file.read_text()) if self.is_active() else 0
        self.pid_file.unlink(missing_ok=True)
        if not pid:
            return
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + float(self.get("Service", "TimeoutStopSec", "90"))
        while time.monotonic() < deadline and Path(f"/proc/{pid}/cmdline").exists():
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX":
                return
            time.sleep(0.05)
        if Path(f"/proc/{pid}").exists():
            os.killpg(pid, signal.SIGKILL)

    def restart(self) -> None:
        with_it = [unit for unit in active("*") if self.name in unit.needs()]
        for unit in (*with_it, self):
            unit.stop()
        for unit in (self, *with_it):
            unit.start()


def active(pattern: str) -> list[Unit]:
    found = (Unit(path.name.removesuffix(".pid")) for path in sorted(STATE.glob("*.pid")))
    return [unit for unit in found if unit.is_active() and fnmatch.fnmatch(unit.name, pattern)]


def main() -> None:
    STATE.mkdir(exist_ok=True)
    verb, *words = [word for word in sys.argv[1:] if not word.startswith("--")]
    if verb == "daemon-reload":
        return
    if verb == "list-units":
        found = {unit.name for pattern in words for unit in active(f"{pattern}")}
        sys.stdout.write("".join(f"{name} loaded active running Orderly\n" for name in sorted(found)))
        return
    for name in words:
        if verb == "reload":
            subprocess.run(["service", name, "reload"], check=True)
        elif verb == "is-active":
            sys.stdout.write("active\n" if Unit(name).is_active() else "inactive\n")
        elif not name.endswith(".timer"):
            getattr(Unit(name), {"enable": "start"}.get(verb, verb))()


if __name__ == "__main__":
    main()
