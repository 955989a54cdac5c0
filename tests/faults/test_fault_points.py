"""A process dies where FAULT_POINT says with the settings of the tests alone."""

import os
import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.live

COMES_BY = """
import django
django.setup()
from orders.faults import fault_point
fault_point("refund taken")
print("went on")
"""


def come_by(**environment: str) -> subprocess.CompletedProcess[str]:
    """A process that comes by the place "refund taken"."""
    return subprocess.run(
        [sys.executable, "-c", COMES_BY],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_with_the_shops_own_settings_nothing_dies_whatever_the_environment_says():
    ended = come_by(DJANGO_SETTINGS_MODULE="config.settings", FAULT_POINT="refund taken")

    assert (ended.returncode, ended.stdout) == (0, "went on\n"), ended.stderr


@pytest.mark.parametrize(
    ("point", "ending"), [("refund taken", -signal.SIGKILL), ("refund asked", 0), ("", 0)]
)
def test_with_the_settings_of_the_tests_the_process_dies_at_the_named_place(point, ending):
    assert come_by(DJANGO_SETTINGS_MODULE="tests.settings", FAULT_POINT=point).returncode == ending
