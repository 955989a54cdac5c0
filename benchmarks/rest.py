"""What a shop takes that nobody asks for anything: to start, and to be there."""

import time

from benchmarks import cpu
from benchmarks.rounds import Finding
from benchmarks.shop import Shop


def at_rest(shop: Shop, seconds: int) -> list[Finding]:
    """How long it took to start, from nothing; and what all of its processes take together when they wait."""
    before, begun = shop.used(), time.monotonic()
    time.sleep(seconds)
    used = sum(shop.used().values()) - sum(before.values())
    share = 100 * used / (time.monotonic() - begun)
    held = sum(cpu.memory(shop.folder).values())
    return [
        Finding("to start, from nothing", shop.started_in, "s"),
        Finding("CPU at rest", share, "% of a core", 1),
        Finding("memory at rest", held, "MiB", 400),
    ]
