"""What a process and those below it have cost is known while it lives."""

import os
import subprocess
import sys

from faults.injection.cost import children, cpu_seconds

# A child that works and ends, and then the parent waits.
SCRIPT = """
import subprocess, sys
work = "import time\\nwhile time.process_time() < 0.5: pass"
subprocess.run([sys.executable, "-c", work], check=True)
print("done", flush=True)
sys.stdin.read()
"""


def test_what_children_have_cost_counts_when_they_have_ended():
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        process.stdout.readline()
        assert process.pid in children(os.getpid())
        assert cpu_seconds([process.pid]) >= 0.5
        process.stdin.close()
    assert cpu_seconds([process.pid]) == 0
