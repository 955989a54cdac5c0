"""What a process of the shop has loaded stays as long as the process: its garbage collector need not go through it again."""

import gc

# New objects after which it looks for cycles among them, and how many such looks come before a longer one. Python's own 700
# are less than one request makes; memory is given back by counting references, and waits for none of this.
OBJECTS, LOOKS, LONGER_LOOKS = 10_000, 20, 20


def begin() -> None:
    """Called before a shop is loaded. Nothing of that is garbage, and to look for it takes a fifth of a start."""
    gc.disable()


def spare() -> None:
    """Called once, when all is loaded."""
    gc.freeze()
    gc.set_threshold(OBJECTS, LOOKS, LONGER_LOOKS)
    gc.enable()
