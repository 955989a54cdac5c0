"""What a process has loaded for good."""

import subprocess
import sys

from config.runtime.environment import PROJECT

SPARED = """
import gc
import json
from config.runtime import memory
memory.begin()
assert not gc.isenabled()
memory.spare()
assert gc.isenabled()
assert gc.get_freeze_count() > 1000
assert gc.get_threshold() == (memory.OBJECTS, memory.LOOKS, memory.LONGER_LOOKS)
cycle = []
cycle.append(cycle)
del cycle
assert gc.collect() == 1
"""


STARTS = """
import sys
from config.runtime import commands, serve
assert not {"celery", "django", "redis"} & sys.modules.keys()
"""


def test_who_starts_processes_loads_none_of_the_shop():
    subprocess.run([sys.executable, "-c", STARTS], cwd=PROJECT, check=True)


def test_the_collector_leaves_it_alone_and_finds_what_is_new():
    subprocess.run([sys.executable, "-c", SPARED], cwd=PROJECT, check=True)
