"""A machine as docs/operate.md has it: two web servers and a worker by their units, and a link that names the code.

systemd is a stand-in, which does what the unit files say; nginx is Debian's, with the file of this version.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from config.runtime.environment import PROJECT
from tests.config.runtime.test_commands import free_port

SYSTEMCTL = PROJECT / "tests" / "stand_ins" / "systemctl.py"
# Of the tests' environment; whatever else a shop is told, these units tell it.
KEPT = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "CACHE_PREFIX", "CHANNEL_PREFIX", "CELERY_QUEUE")
LIMITS = ("API_USER_LIMIT", "API_KEY_LIMIT", "API_ADDRESS_LIMIT")
SEED = """
import json
from benchmarks import seed
people = seed.customers({people}, prefix="upgrade")
skus = [product.sku for product in seed.products(3, prefix="UPGRADE")]
shown = [{{"key": who.key, "session": who.session, "address": who.address_id}} for who in people]
print(json.dumps({{"people": shown, "skus": skus}}))
"""


class Machine:
    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder, self.link = folder, folder / "orderly"
        self.data = folder / "data"
        self.ports = (free_port(), free_port())
        self.web = [f"orderly-web@{port}" for port in self.ports]
        for name in ("units", "state", "bin", "data"):
            (folder / name).mkdir(parents=True)
        systemctl = folder / "bin" / "systemctl"
        systemctl.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{SYSTEMCTL}" "$@"\n')
        systemctl.chmod(0o755)
        self.settings = {name: environment[name] for name in KEPT if name in environment}
        self.settings |= dict.fromkeys(LIMITS, "0")
        self.settings |= {"SIGN_IN_LIMITS": "off", "SECRET_KEY": "tests", "DEMO": "1", "BEHIND_PROXY": "1"}
        self.settings |= {"PUBLIC_URL": "http://shop.example", "SWEEP_EVERY": "1", "PENDING_SWEEP_AFTER": "2"}
        (folder / "orderly.env").write_text(
            "".join(f"{name}={value}\n" for name, value in self.settings.items())
        )
        self.environment = {
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "SYSTEMCTL_UNITS": str(folder / "units"),
            "SYSTEMCTL_STATE": str(folder / "state"),
        }

    def install(self, code: Path) -> None:
        """The units of that version, and the link to it: what runs goes on as it is."""
        for file in (code / "deploy" / "systemd").glob("*.service"):
            (self.folder / "units" / file.name).write_text(self._here(file.read_text()))
        new = self.folder / "link"
        new.symlink_to(code)
        new.replace(self.link)

    def _here(self, unit: str) -> str:
        """With this machine's paths; the tests' own account runs it all."""
        for said, here in {
            "/opt/orderly": self.link,
            "/etc/orderly": self.folder,
            "/var/lib/orderly": self.data,
        }.items():
            unit = unit.replace(said, str(here))
        lines = unit.splitlines(keepends=True)
        return "".join(line for line in lines if not line.startswith(("User=", "StateDirectory=")))

    def systemctl(self, *words: str) -> str:
        return self.run("systemctl", *words)

    def run(self, *command: str) -> str:
        """A command as root gives it; what it says. Raises AssertionError when it fails."""
        done = subprocess.run(
            command, env=self.environment, cwd="/", capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}\n{self.logs()}"
        return done.stdout

    def in_shop(self, *words: str) -> str:
        """A command of the shop's, with its settings."""
        shop = (
            os.environ
            | self.settings
            | {"DATA_DIR": str(self.data), "DJANGO_SETTINGS_MODULE": "config.settings"}
        )
        done = subprocess.run(words, env=shop, cwd=self.link, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    def manage(self, *words: str) -> str:
        return self.in_shop(".venv/bin/python", "manage.py", *words)

    def seed(self, people: int) -> dict[str, list]:
        """Goods and customers, made by the code that the link names."""
        self.manage("demo")
        said = self.manage("shell", "--verbosity", "0", "-c", SEED.format(people=people))
        return json.loads(said.splitlines()[-1])

    def code_of(self, unit: str) -> Path:
        """The folder that the unit's process runs in."""
        pid = (self.folder / "state" / f"{unit}.service.pid").read_text()
        return Path(f"/proc/{pid}/cwd").resolve()

    def logs(self) -> str:
        return "".join(
            log.read_text(errors="replace")[-3000:] for log in (self.folder / "state").glob("*.log")
        )
