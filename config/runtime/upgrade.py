"""`bin/orderly upgrade`: the code in this folder takes over from the one that serves, unit by unit, while customers buy.

First the tables, on which the old code serves on; then each web server, the next one when this one is ready; then each
worker. Whatever goes wrong ends it there, and the units that were not reached go on with the old code.
"""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from itertools import pairwise

from config.runtime.environment import Refused
from config.runtime.supervisor import say

MIGRATE = "orderly-migrate.service"
WEB, WORKER = "orderly-web@", "orderly-worker@"
# Seconds until a unit that was started again does its work.
PATIENCE = 120.0
# So long a proxy on another machine may pass over a server that was away (fail_timeout in docs/machines.md, and a second).
PROXY_SECONDS = 3.0
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def upgrade() -> None:
    """Raises Refused, which says what the shop runs on now."""
    units = running_units()
    began = time.monotonic()
    _systemctl("restart", MIGRATE, wrong="the tables are as they were, and the old code serves on")
    say(f"tables: ready after {time.monotonic() - began:.1f} s")
    restart(units)


def restart(units: Sequence[str]) -> None:
    """One after the other, while the others serve. Raises Refused."""
    for unit, following in pairwise([*units, ""]):
        _take_over(unit)
        if unit.startswith(WEB) and following.startswith(WEB):
            time.sleep(PROXY_SECONDS)


def running_units() -> list[str]:
    """Web servers before workers: an old web server knows nothing of what a new worker sends emails about.

    Raises Refused where there is none.
    """
    words = ["list-units", "--plain", "--no-legend", "--state=active,activating", f"{WEB}*", f"{WORKER}*"]
    said = _systemctl(*words, wrong="nothing was changed")
    names = [line.split()[0] for line in said.splitlines() if line.strip()]
    if not names:
        raise Refused("no orderly-web@… or orderly-worker@… runs on this machine: start them, or ask root.")
    return sorted(names, key=lambda name: (not name.startswith(WEB), name))


def _take_over(unit: str) -> None:
    began = time.monotonic()
    wrong = f"{unit} does not come up as it is now; units after it run as they did: journalctl -u {unit}"
    _systemctl("restart", unit, wrong=wrong)
    _wait(_is_ready(unit), wrong)
    say(f"{unit}: ready after {time.monotonic() - began:.1f} s")


def _is_ready(unit: str) -> Callable[[], bool]:
    if not unit.startswith(WEB):
        return lambda: _systemctl("is-active", unit, wrong="").strip() == "active"
    port = unit.removeprefix(WEB).removesuffix(".service")
    address = f"http://{os.environ.get('HOST') or '127.0.0.1'}:{port}/healthz/ready"
    return lambda: _answers(address)


def _answers(address: str) -> bool:
    try:
        with OPENER.open(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _wait(ready: Callable[[], bool], wrong: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not ready():
        if time.monotonic() > deadline:
            raise Refused(wrong)
        time.sleep(0.2)


def _systemctl(*words: str, wrong: str) -> str:
    """What systemd says; without `wrong` an error is an answer too. Raises Refused."""
    try:
        done = subprocess.run(["systemctl", *words], capture_output=True, text=True, check=False)
    except OSError as error:
        raise Refused(f"systemctl can't be run ({error}): upgrade is for machines with systemd.") from error
    if done.returncode and wrong:
        raise Refused(f"systemctl {words[0]}: {(done.stderr or done.stdout).strip()[-500:]}; {wrong}.")
    return done.stdout


def main() -> int:
    try:
        upgrade()
    except Refused as refusal:
        say(f"orderly: {refusal}", sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
