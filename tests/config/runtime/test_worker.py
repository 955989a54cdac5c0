"""One worker process, as its supervisor starts it."""

import subprocess
import sys

from config.runtime.environment import PROJECT

# Up to where its clock would start.
LOADED = """
import sys
from config.runtime import memory, worker
def spare():
    loaded = {name for name in sys.modules if name in NOT_NEEDED}
    sys.__stdout__.write(" ".join(["loaded", *sorted(loaded)]))
    sys.__stdout__.flush()
    import os
    os._exit(0)
NOT_NEEDED = {"celery.bin.celery", "prompt_toolkit", "config.urls", "orders.api.views", "uvicorn", "fpdf"}
memory.spare = spare
worker.main()
"""


def test_a_worker_loads_neither_a_command_line_nor_the_pages_nor_what_draws_papers():
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LOADED],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.rpartition("\n")[2] == "loaded"
