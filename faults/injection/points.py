"""The places in the shop's code where a worker dies by name, each once: between what it does and what it notes of it."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from faults.injection.system import System, paused

# Each `fault_point` of the code; tests/faults_rig/injection/test_points.py holds them together.
POINTS = (
    "confirmation being noted",
    "confirmed together",
    "numbers allocated",
    "email taken",
    "email sent",
    "refund taken",
    "refund asked",
    "refund being noted",
    "refund noted",
    "webhook taken",
    "webhook sent",
)
# A worker starts, and comes by the place, within so many seconds; the watchdog ends one that stands still for a minute.
HIT_SECONDS, STILL_SECONDS = 180.0, 40.0


def hit(system: System, point: str) -> bool:
    """Have the one worker that goes on die at this place; whether it came by it in time."""
    deadline = time.monotonic() + HIT_SECONDS
    with _dying_at(system, point):
        while system.second.alive and time.monotonic() < deadline:
            # It takes what there is, while the other stands still, but not for so long that it is ended for it.
            with _alone(system):
                _until_dead(system, min(deadline, time.monotonic() + STILL_SECONDS))
            time.sleep(1)
        return not system.second.alive


def _until_dead(system: System, deadline: float) -> None:
    while system.second.alive and time.monotonic() < deadline:
        time.sleep(0.1)


@contextmanager
def _dying_at(system: System, point: str) -> Iterator[None]:
    """The second worker is started with the place that it dies at, and afterwards as it was."""
    worker, before = system.second, system.second.environment
    worker.stop()
    worker.environment = {**before, "FAULT_POINT": point}
    worker.start()
    try:
        yield
    finally:
        worker.stop()
        worker.environment = before
        worker.start()


@contextmanager
def _alone(system: System) -> Iterator[None]:
    with ExitStack() as still:
        for pid in system.pids("worker"):
            if pid != system.second.pid:
                still.enter_context(paused(pid))
        yield
