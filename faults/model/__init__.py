"""The order flow as a model that spin tries in every interleaving (orders.pml), and what it is tried with."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

SOURCE = Path(__file__).parent / "orders.pml"
# Seconds that one scene may take.
MAX_SECONDS = 300
COMPILE = ["gcc", "-O2", "-w", "-DSAFETY", "-DCOLLAPSE", "-DVECTORSZ=2048", "-o", "pan", "pan.c"]

# How many orders, pieces, numbers, processes and deaths; the first PLACED orders are pending when it begins.
SCENES = {
    "placing: three customers and a twin, two pieces": {"ORDERS": 3, "PIECES": 2, "WORKERS": 0, "CRASHES": 2},
    "placing: three customers and a twin, one piece": {"ORDERS": 3, "PIECES": 1, "WORKERS": 0, "CRASHES": 2},
    "afterwards: two orders, one number, two workers": {"ORDERS": 2, "PLACED": 2, "CRASHES": 2},
    "afterwards: two orders, two numbers, two workers": {"ORDERS": 2, "PLACED": 2, "NUMBERS": 2},
    "confirming: three orders, two numbers, two workers": {
        "ORDERS": 3,
        "PLACED": 3,
        "NUMBERS": 2,
        "PAYERS": 0,
        "CRASHES": 2,
    },
    "both: one is pending, one is placed by twins": {"ORDERS": 2, "PLACED": 1, "WORKERS": 1},
}
PLACING = SCENES["placing: three customers and a twin, two pieces"]
AFTERWARDS = SCENES["afterwards: two orders, one number, two workers"]
BOTH = SCENES["both: one is pending, one is placed by twins"]
# What is taken out of the code, the scene in which that breaks a promise, and a part of the promise.
TAKEN_OUT = {
    "NO_RECHECK": (PLACING, "stock>0"),
    "NO_PRIMARY_KEY": (PLACING, "taken[i]"),
    "NO_ORDER_LOCK": (AFTERWARDS, "given_back[i]"),
    "PICKED_WITHOUT_LOCK": (AFTERWARDS, "holder[pick]==0"),
    "REFUSED_TOGETHER": (AFTERWARDS, "invalid end state"),
    "NUMBERS_FIRST": (AFTERWARDS, "invalid end state"),
    "STATUS_READ_BEFORE_THE_LOCK": (AFTERWARDS, "given_back[i]"),
    "BLIND_SWEEP": (AFTERWARDS, "known"),
    "NOT_TOLD_ONCE": (AFTERWARDS, "captured[i]"),
    "NO_ORDER_LOCK_OF_EVENTS": (AFTERWARDS, "captured[i]"),
    "NO_KEY": (AFTERWARDS, "returned[i]"),
    "NO_ORDER_LOCK_OF_REFUNDS": (AFTERWARDS, "returned[i]"),
    "HINTS_ALONE": (BOTH, "status[i]"),
}


@dataclass(frozen=True)
class Result:
    """How many states there are, and the first promise that one of them breaks; empty if none does."""

    states: int
    broken: str


def is_there() -> bool:
    """Whether this machine has spin and a C compiler."""
    return all(which(program) for program in ("spin", "gcc"))


def check(*, scene: dict[str, int], without: str = "") -> Result:
    """Try every interleaving of a scene, with one thing taken out of the code or with nothing."""
    switches = [f"-D{name}={value}" for name, value in scene.items()] + ([f"-D{without}"] if without else [])
    with TemporaryDirectory() as folder:
        _run(["spin", "-a", *switches, str(SOURCE)], folder)
        _run(COMPILE, folder)
        says = _run(["./pan", "-m200000"], folder)
    broken = re.search(r"^pan:\d+: (.*)$", says, re.MULTILINE)
    if "Search not completed" in says and not broken:
        raise RuntimeError(says)
    states = re.search(r"(\d+) states, stored", says)
    return Result(int(states[1]) if states else 0, broken[1] if broken else "")


def _run(command: list[str], folder: str) -> str:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=MAX_SECONDS, check=True
    )
    return done.stdout
