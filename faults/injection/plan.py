"""Which fault comes when: made from a seed, so that a run can be had again."""

import random
from collections.abc import Iterator
from typing import NamedTuple

MATRIX: dict[str, tuple[str, ...]] = {
    "web": ("kill", "pause", "stop"),
    "worker": ("kill", "pause", "stop"),
    "postgres": ("fast", "immediate", "pause", "backend", "lock", "full"),
    "valkey": ("kill", "pause", "empty", "cut", "slow"),
    "supervisor": ("kill", "twice"),
}
# Seconds: before the first fault, between two, and of a pause.
FIRST, GAP, PAUSE = 3.0, (2.0, 5.0), (1.0, 6.0)
# How long the faults last that are over by themselves.
LASTS = {"pause": PAUSE, "full": PAUSE, "slow": PAUSE, "lock": (8.0, 8.0)}


class Fault(NamedTuple):
    """`at` seconds after the start; `which` of the target's processes, from 0 to 1; some last `seconds`."""

    at: float
    target: str
    how: str
    which: float
    seconds: float

    @property
    def kind(self) -> str:
        return f"{self.target}.{self.how}"


def kinds(only: str = "") -> list[str]:
    """All kinds of faults, or those that are named: targets and kinds with commas. Raises ValueError for an unknown name."""
    every = [f"{target}.{how}" for target, hows in MATRIX.items() for how in hows]
    wanted = [name.strip() for name in only.split(",") if name.strip()]
    for name in wanted:
        if name not in MATRIX and name not in every:
            raise ValueError(f"{name} is no fault: choose from {', '.join([*MATRIX, *every])}")
    return [kind for kind in every if not wanted or kind in wanted or kind.partition(".")[0] in wanted]


def faults(*, seed: int, seconds: float, only: str = "") -> list[Fault]:
    """The faults of a run. Each kind comes once before one comes again."""
    chance = random.Random(f"faults {seed}")
    deck, at, planned = _deck(kinds(only), chance), FIRST, []
    while at < seconds:
        target, _, how = next(deck).partition(".")
        fault = Fault(at, target, how, chance.random(), chance.uniform(*LASTS.get(how, (0.0, 0.0))))
        planned.append(fault)
        at += fault.seconds + chance.uniform(*GAP)
    return planned


def _deck(every: list[str], chance: random.Random) -> Iterator[str]:
    while True:
        yield from chance.sample(every, len(every))
