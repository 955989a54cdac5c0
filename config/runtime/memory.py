"""What a process of the shop has loaded stays as long as the process: its garbage collector need not go through it again.

And its threads have one heap: glibc gives each its own, so that none waits for another, and keeps what each was given once.
Python's take turns anyway.
"""

import ctypes
import gc

# New objects after which it looks for cycles among them, and how many such looks come before a longer one. Python's own 700
# are less than one request makes; memory is given back by counting references, and waits for none of this.
OBJECTS, LOOKS, LONGER_LOOKS = 10_000, 20, 20
# What glibc calls the most heaps that there are.
M_ARENA_MAX = -8


def begin() -> None:
    """Called before a shop is loaded. Nothing of that is garbage, and to look for it takes a fifth of a start."""
    gc.disable()
    # Other libraries of C have none of this.
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        mallopt(M_ARENA_MAX, 1)


def spare() -> None:
    """Called once, when all is loaded."""
    gc.freeze()
    gc.set_threshold(OBJECTS, LOOKS, LONGER_LOOKS)
    gc.enable()
