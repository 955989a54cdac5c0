"""What a process has loaded for good."""

import platform
import subprocess
import sys

import pytest

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

# glibc tells of each heap.
HEAPS = """
import ctypes
import threading
from config.runtime import memory
memory.begin()
go_on = threading.Event()
kept = []
threads = [threading.Thread(target=lambda: (kept.append(bytes(5000)), go_on.wait())) for _nth in range(8)]
for each in threads:
    each.start()
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
out = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, out)
libc.fflush(out)
go_on.set()
"""

STARTS = """
import sys
from config.runtime import commands, serve
assert not {"celery", "django", "redis"} & sys.modules.keys()
"""

# As a web server is there, and has every page.
SERVES = """
import sys
import config.asgi
from django.urls import reverse
reverse("home")
loaded = {"requests", "pygments", "stripe", "fpdf", "fontTools", "uharfbuzz", "boto3", "sentry_sdk"}
assert not loaded & sys.modules.keys(), loaded & sys.modules.keys()
from orders.payments.providers.paypal import client
assert client.requests.request
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has several heaps")
def test_the_threads_of_a_process_have_one_heap():
    told = subprocess.run(
        [sys.executable, "-c", HEAPS], cwd=PROJECT, check=True, capture_output=True, text=True
    )
    assert told.stdout.count("<heap nr=") == 1


def test_who_starts_processes_loads_none_of_the_shop():
    subprocess.run([sys.executable, "-c", STARTS], cwd=PROJECT, check=True)


def test_the_collector_leaves_it_alone_and_finds_what_is_new():
    subprocess.run([sys.executable, "-c", SPARED], cwd=PROJECT, check=True)
