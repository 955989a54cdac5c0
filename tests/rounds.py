"""How many of the long rounds are tried: all, or the part that LONG_EXAMPLES says, in percent.

For what is drawn anew in each run, so that few rounds in many runs find what many in one run do.
"""

import os

PERCENT = int(os.environ.get("LONG_EXAMPLES", "100"))


def part_of(many: int) -> int:
    """At least one."""
    return max(1, many * PERCENT // 100)
