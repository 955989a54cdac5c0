"""`python -m faults.model`: every scene, and then every thing that is taken out, each with what came of it."""

import sys

from faults.model import SCENES, TAKEN_OUT, check, is_there


def main() -> int:
    if not is_there():
        print("spin and gcc are needed: apt-get install spin gcc libc6-dev", file=sys.stderr)
        return 2
    wrong = 0
    for name, scene in SCENES.items():
        result = check(scene=scene)
        wrong += bool(result.broken)
        print(f"{name}: {result.states:,} states, {result.broken or 'every promise holds'}")
    for switch, (scene, promise) in TAKEN_OUT.items():
        result = check(scene=scene, without=switch)
        wrong += promise not in result.broken
        print(f"{switch}: {result.broken or 'NOT FOUND'}")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
