"""The clock of one process is wrong while it is said to be, and its monotonic time is not."""

import subprocess
import sys
import time

import pytest

from faults.injection.clocks import SECONDS, Clock

SCRIPT = """
import sys, time
from pathlib import Path
from django.utils import timezone
from faults.injection.clocks import follow
follow(Path(sys.argv[1]))
for _ in sys.stdin:
    print(time.time(), timezone.now().timestamp(), time.monotonic(), flush=True)
"""


@pytest.fixture
def clock(tmp_path):
    clock = Clock(tmp_path / "clock")
    assert clock.environment["FAULTS_CLOCK"] == str(clock.note)
    return clock


@pytest.fixture
def process(clock):
    command = [sys.executable, "-c", SCRIPT, str(clock.note)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as started:
        yield started
        started.stdin.close()


def off(process) -> tuple[float, float, float]:
    """How far its clocks are from ours, in whole minutes' quarters."""
    process.stdin.write("\n")
    process.stdin.flush()
    told, now, monotonic = map(float, process.stdout.readline().split())
    differences = (told - time.time(), now - time.time(), monotonic - time.monotonic())
    return tuple(round(one / 15) * 15 for one in differences)


@pytest.mark.parametrize(("which", "ahead"), [(0.1, SECONDS), (0.9, -SECONDS)])
def test_a_process_has_another_time_for_a_while(clock, process, which, ahead):
    assert off(process) == (0, 0, 0)
    with clock.wrong(which):
        assert off(process) == (ahead, ahead, 0)
    assert off(process) == (0, 0, 0)
