"""`bin/orderly rotate`: another SECRET_KEY, and what was signed by the one before holds on.

In three steps, since several processes read what each of them signs. `begin`: a new key is known everywhere, and signs
nothing yet. `use`: it signs, and the one before still holds. `end`, weeks later: what older keys have signed is over.
"""

import argparse
import sys
from pathlib import Path

from config.runtime import upgrade
from config.runtime.env_file import EnvFile, new_secret
from config.runtime.environment import Refused
from config.runtime.supervisor import say

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
    """Raises Refused while a rotation is under way, or when there is no older key."""
    if file.get(NEXT):
        raise Refused("a new key does not sign yet: `use` comes before.")
    if not file.get(OLDER):
        raise Refused("there is no older key.")
    file.set(OLDER, "")
    return "older keys hold no more"


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
