"""`bin/orderly rotate`: another SECRET_KEY, and what was signed by the one before holds on.

In three steps, since several processes read what each of them signs. `begin`: a new key is known everywhere, and signs
nothing yet. `use`: it signs, and the one before still holds. `end`, weeks later: what older keys have signed is over.
"""

import argparse
import os
import pwd
import subprocess
import sys
from pathlib import Path
from typing import Any

from config.runtime import upgrade
from config.runtime.environment import PROJECT, Refused
from config.runtime.rotation.env_file import EnvFile, new_secret
from config.runtime.supervisor import say

# The account of the units, and its folder.
ACCOUNT, DATA_DIR = "orderly", "/var/lib/orderly"
KEY, NEXT, OLDER = "SECRET_KEY", "SECRET_KEY_NEXT", "SECRET_KEY_FALLBACKS"


def begin(file: EnvFile) -> str:
    """Raises Refused when a rotation is under way, or the key of today can't be kept beside another."""
    if file.get(NEXT):
        raise Refused("a new key is known already: `use` comes next.")
    if "," in file.get(KEY):
        raise Refused(f"{KEY} has a comma, which parts keys in {OLDER}: sessions and links can't outlive it.")
    if not file.get(KEY):
        raise Refused(f"{file.path} has no {KEY}: name the file of settings with --file.")
    file.set(NEXT, new_secret(), like=KEY)
    return "a new key is known, and signs nothing yet"


def use(file: EnvFile) -> str:
    """Each write leaves a file that serves, and the whole may be done again. Raises Refused."""
    new, old = file.get(NEXT), file.get(KEY)
    if not new:
        raise Refused("there is no new key: `begin` comes before.")
    if new != old:
        file.set(OLDER, ",".join(dict.fromkeys([old, *filter(None, file.get(OLDER).split(","))])), like=KEY)
        file.set(KEY, new)
    file.set(NEXT, "")
    return "the new key signs, and the one before still holds"


def end(file: EnvFile) -> str:
    """Raises Refused while a rotation is under way, without an older key, or if what it has sealed can't be sealed anew."""
    if file.get(NEXT):
        raise Refused("a new key does not sign yet: `use` comes before.")
    if not file.get(OLDER):
        raise Refused("there is no older key.")
    say(seal_anew(file))
    file.set(OLDER, "")
    return "older keys hold no more"


def seal_anew(file: EnvFile) -> str:
    """Secrets of second factors (accounts/access/sealed.py), while both keys are known. Raises Refused."""
    done: subprocess.CompletedProcess[str] = subprocess.run(
        [sys.executable, "manage.py", "seal_second_factors"],
        cwd=PROJECT,
        env=os.environ | {"DATA_DIR": DATA_DIR} | file.all(),
        capture_output=True,
        text=True,
        check=False,
        **_account(),
    )
    if done.returncode:
        last = (done.stdout + done.stderr).strip().rpartition("\n")[2]
        raise Refused(f"the older key stays, since second factors may be sealed by it: {last}")
    return (done.stdout + done.stderr).strip()


def _account() -> dict[str, Any]:
    """As root, that of the units: PostgreSQL may know the shop by it."""
    try:
        found = pwd.getpwnam(ACCOUNT)
    except KeyError:
        return {}
    if os.geteuid() != 0:
        return {}
    return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}


STEPS = {step.__name__: step for step in (begin, use, end)}


def here(file: EnvFile) -> str:
    """The first two steps on a machine that has all processes, each restarted after both. Raises Refused."""
    units = upgrade.running_units()
    if not file.get(NEXT):
        say(begin(file))
    upgrade.restart(units)
    said = use(file)
    say(said)
    upgrade.restart(units)
    return "done; `bin/orderly rotate secret-key end` after ORDER_LINK_DAYS takes the older key out"


def main() -> int:
    parser = argparse.ArgumentParser(prog="bin/orderly rotate secret-key", description=__doc__)
    parser.add_argument("step", nargs="?", choices=STEPS, help="one alone: for several machines")
    parser.add_argument("--file", type=Path, default=Path("/etc/orderly/orderly.env"))
    given = parser.parse_args()
    try:
        say(STEPS.get(given.step, here)(EnvFile(given.file)))
    except Refused as refusal:
        say(f"orderly: {refusal}", sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
