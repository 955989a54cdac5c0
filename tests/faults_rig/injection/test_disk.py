"""A disk of one's own is full when it is said to be, and no other program sees it."""

import os
import subprocess
import sys

import pytest

from faults.injection.disk import own_disk

SCRIPT = """
import sys
from pathlib import Path
from faults.injection.disk import own_disk
folder = Path(sys.argv[1])
with own_disk(folder) as disk:
    (folder / "before").write_bytes(b"x" * 1_000_000)
    with disk.full():
        try:
            (folder / "much").write_bytes(b"x" * 1_000_000)
        except OSError as error:
            print(error.strerror)
    (folder / "after").write_bytes(b"x" * 1_000_000)
    print(len((folder / "before").read_bytes()))
"""


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="takes the rights of root")
def test_a_full_disk_takes_nothing_and_keeps_what_it_has(tmp_path):
    """In a process of its own, which sees other mounts from then on."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)], capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout.splitlines() == ["No space left on device", "1000000"]
    assert list(tmp_path.iterdir()) == [], "it was its own"


def test_who_wants_none_has_none(tmp_path):
    with own_disk(tmp_path, wanted=False) as disk:
        assert disk is None
