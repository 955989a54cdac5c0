"""Which fault comes when: made from a seed, so that a run can be had again."""

import random
from collections.abc import Collection, Iterator
from typing import NamedTuple

MATRIX: dict[str, tuple[str, ...]] = {
    "web": ("kill", "pause", "stop"),
    "worker": ("kill", "pause", "stop", "clock"),
    "postgres": (
        "kill",
        "fast",
        "immediate",
        "pause",
        "backend",
        "lock",
        "full",
        "slow",
        "deadlock",
        "terminate",
        "cancel",
    ),
    "valkey": ("kill", "pause", "empty", "cut", "slow"),
    "tasks": ("lost", "doubled", "reordered"),
    "disk": ("full",),
    "mail": ("silent",),
    "receivers": ("silent", "refuse", "half"),
    "supervisor": ("kill", "twice", "stop"),
}
# No fault at all, to measure what a calm shop does.
CALM = "calm"
# Seconds: before the first fault, between two on average, and of a pause.
FIRST, EVERY, PAUSE = 3.0, 3.5, (1.0, 6.0)
# How long the faults last that are over by themselves.
LASTS = {
    "pause": PAUSE,
    "full": PAUSE,
    "slow": PAUSE,
    "lock": (8.0, 8.0),
    "deadlock": PAUSE,
    "terminate": PAUSE,
    "cancel": PAUSE,
    "clock": PAUSE,
    "lost": PAUSE,
    "doubled": PAUSE,
    "reordered": PAUSE,
    "silent": PAUSE,
    "refuse": PAUSE,
    "half": PAUSE,
}


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
    if only.strip() == CALM:
        return []
    every = [f"{target}.{how}" for target, hows in MATRIX.items() for how in hows]
    wanted = [name.strip() for name in only.split(",") if name.strip()]
    for name in wanted:
        if name not in MATRIX and name not in every:
            raise ValueError(f"{name} is no fault: choose from {', '.join([*MATRIX, *every, CALM])}")
    return [kind for kind in every if not wanted or kind in wanted or kind.partition(".")[0] in wanted]


def faults(
    *,
    seed: int,
    seconds: float,
    only: str = "",
    without: Collection[str] = (),
    pairs: bool = False,
    every: float = EVERY,
) -> list[Fault]:
    """The faults of a run, without kinds that can't be here. Each kind comes once before one comes again.

    Between the end of one and the next are `every` seconds on average. With `pairs` two begin at one moment, where the next
    one is of another target; those of the supervisor are alone.
    """
    chance = random.Random(f"faults {seed}")
    possible = [kind for kind in kinds(only) if kind not in without]
    deck, at, planned = _deck(possible, chance), FIRST, []
    while at < seconds and possible:
        fault = of_kind(next(deck), chance, at)
        pair = [fault]
        if pairs and _may_be_together(fault, other := of_kind(next(deck), chance, at)):
            pair.append(other)
        planned += pair
        at += max(one.seconds for one in pair) + every * chance.uniform(4 / 7, 10 / 7)
    return planned


def _may_be_together(one: Fault, other: Fault) -> bool:
    return one.target != other.target and "supervisor" not in (one.target, other.target)


def of_kind(kind: str, chance: random.Random, at: float = 0.0) -> Fault:
    """One fault of a kind."""
    target, _, how = kind.partition(".")
    return Fault(at, target, how, chance.random(), chance.uniform(*LASTS.get(how, (0.0, 0.0))))


def _deck(every: list[str], chance: random.Random) -> Iterator[str]:
    while True:
        yield from chance.sample(every, len(every))
