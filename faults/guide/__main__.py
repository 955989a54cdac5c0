"""`make guide`: docs/operate.md's "One server" in a fresh Debian, as its commands stand there, to the first order.

As root, on Linux, with Debian's packages and those of Python in reach. It takes some minutes and a gigabyte, which is gone
afterwards, and says how long each step took. Exit code 1 if a step failed, 2 if it could not be begun.

What stands for what the namespace does not have: `systemctl` (which starts what the units say), `certbot` (which asks as
Let's Encrypt does, and makes a certificate of its own), and a person who answers questions.
"""

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from config.runtime.environment import PROJECT
from faults.guide import page
from faults.guide.buying import GOODS, Customer
from faults.guide.root import GuideFailed, Root, forget, missing

STAND_INS = PROJECT / "tests" / "stand_ins"
OWNER = {"DJANGO_SUPERUSER_EMAIL": "owner@example.com", "DJANGO_SUPERUSER_PASSWORD": "correct horse battery"}
# Written by a person into /etc/orderly/orderly.env.
SETTINGS = """
sed -i "s|^EMAIL_URL=.*|EMAIL_URL=smtp://127.0.0.1:2525|" /etc/orderly/orderly.env
echo TRANSFER_ACCOUNT=DE89370400440532013000 >> /etc/orderly/orderly.env
echo 'TRANSFER_NAME="My shop"' >> /etc/orderly/orderly.env
"""
# Debian starts them when it installs them, where systemd runs; this machine's own server may have had the port then.
SERVICES = """
pg_conftool 15 main set port 5432
service postgresql start
service redis-server start
service nginx start
"""
IN_SHOP = (
    "cd /opt/orderly && set -a && . /etc/orderly/orderly.env && DATA_DIR=/var/lib/orderly && set +a && "
    "runuser -u orderly -- .venv/bin/python manage.py shell --verbosity 0"
)


class Guide:
    def __init__(self, root: Root) -> None:
        self.root = root
        self.took: list[tuple[str, float]] = []

    def follow(self) -> None:
        """Raises GuideFailed, page.NoGuide."""
        (first, install), *others = page.blocks()
        self.step("a fresh Debian", self.root.build)
        self.prepare()
        with self.root.running(network=True):
            self.step(
                first, lambda: self.root.run(install.replace("<this repository>", "/root/orderly.bundle"))
            )
        with self.root.running(network=False):
            self.root.run(SERVICES)
            for name, commands in others:
                self.step(name, partial(self.root.run, self.answered(commands), **OWNER))
                if name == "database and settings":
                    self.root.run(SETTINGS)
            self.root.write("/tmp/goods.py", GOODS)  # noqa: S108 of a root file system of its own
            self.root.run(f"{IN_SHOP} < /tmp/goods.py")
            self.step("the first order", Customer(self.root).buy)
            self.root.run("certbot renew")

    def prepare(self) -> None:
        bundle = self.root.path("/root/orderly.bundle")
        subprocess.run(["git", "-C", str(PROJECT), "bundle", "create", "-q", str(bundle), "HEAD"], check=True)
        for name, file in (("systemctl", "systemctl.py"), ("certbot", "certbot.sh")):
            self.root.write(f"/usr/local/bin/{name}", (STAND_INS / file).read_text(), 0o755)

    def answered(self, commands: str) -> str:
        """What a person types at the prompt stands in the environment."""
        return commands.replace("createsuperuser", "createsuperuser --noinput")

    def step(self, name: str, work: Callable[[], object]) -> None:
        began = time.monotonic()
        try:
            work()
        except GuideFailed as error:
            raise GuideFailed(f"{name}: {error}") from error
        self.took.append((name, time.monotonic() - began))
        print(f"{name}: {self.took[-1][1]:.0f} s", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="faults.guide", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp"), help="where there is room")  # noqa: S108 mkdtemp makes it safely
    parser.add_argument("--keep", action="store_true", help="keep what was made, with its log")
    arguments = parser.parse_args()
    if lacking := missing():
        print(f"guide: {lacking}", file=sys.stderr)
        return 2
    # Asked to end, it clears away what it made, as after Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_given: sys.exit(143))
    folder = Path(tempfile.mkdtemp(prefix="orderly-guide-", dir=arguments.folder))
    folder.chmod(0o755)
    guide = Guide(Root(folder / "root", folder / "log"))
    try:
        guide.follow()
    except (GuideFailed, page.NoGuide) as error:
        print(f"guide: {error}", file=sys.stderr)
        return 1
    finally:
        if arguments.keep:
            print(folder)
        else:
            forget(folder)
    print(f"all of it: {sum(seconds for _name, seconds in guide.took):.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
