"""What is done to which kind of host, in which order."""

from faults.injection.plan import Fault

# A host is broken for so long, and the shop then has some time before the next one.
BROKEN, GAP, FIRST = 8.0, 6.0, 4.0
FULL = (
    "web.kill",
    "web.cut",
    "worker.kill",
    "worker.cut",
    "proxy.kill",
    "proxy.cut",
    "pool.kill",
    "pool.cut",
    "broker.cut",
    "redis.kill",
    "redis.cut",
    "database.kill",
    "database.cut",
)
SHORT = ("web.cut", "worker.kill", "proxy.kill", "pool.cut", "redis.kill", "database.kill")


def faults(kinds: tuple[str, ...]) -> list[Fault]:
    """One after the other; `which` makes the run hit the one and the other host of a kind."""
    planned = []
    for nth, kind in enumerate(kinds):
        target, _dot, how = kind.partition(".")
        planned.append(Fault(FIRST + nth * (BROKEN + GAP), target, how, (nth % 3) / 3, BROKEN))
    return planned


def seconds(kinds: tuple[str, ...]) -> float:
    """So long customers order at least."""
    return FIRST + len(kinds) * (BROKEN + GAP) + GAP
