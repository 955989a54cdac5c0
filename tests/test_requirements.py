"""What is pinned for the shop is pinned for its tests: CI installs the second file alone."""

import re
from pathlib import Path

from config.runtime.environment import PROJECT


def pins(name: str) -> set[str]:
    return set(
        re.findall(r"^[\w.-]+(?:\[[\w,]+\])?==\S+", Path(PROJECT / name).read_text(), flags=re.MULTILINE)
    )


def test_the_tests_have_all_that_the_shop_has():
    assert pins("requirements.txt")
    assert pins("requirements.txt") - pins("requirements-dev.txt") == set()
    assert pins("requirements-traces.txt") - pins("requirements-dev.txt") == set()


def test_all_that_is_asked_for_is_locked():
    asked = {pin.partition("[")[0].partition("=")[0].lower() for pin in pins("requirements.in")}
    locked = {pin.partition("[")[0].partition("=")[0].lower() for pin in pins("requirements.txt")}
    assert asked - locked == set()
