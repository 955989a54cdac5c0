"""The shop's settings, and what a worker of the rig alone has: the place where it dies, and the clock that it follows."""

from pathlib import Path

from config.settings import *  # noqa: F403
from config.settings import env
from faults.injection import clocks

FAULT_POINT = env.str("FAULT_POINT", "")

if note := env.str(clocks.VARIABLE, ""):
    clocks.follow(Path(note))
