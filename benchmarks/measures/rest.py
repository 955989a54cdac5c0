"""What a shop takes that nobody asks for anything: to start, and to be there."""

import time

from benchmarks import cpu
from benchmarks.rounds import Finding
from benchmarks.shop import Shop

# Starting goes on for a while after the shop serves: it is over when a second takes less of a core than this (%).
CALM, CALM_SECONDS = 10.0, 60


def at_rest(shop: Shop, seconds: int) -> list[Finding]:
    """How long it took to start, from nothing; and what all of its processes take together when they wait."""
    until = time.monotonic() + CALM_SECONDS
    while _share(shop, 1) > CALM and time.monotonic() < until:
        pass
    share = _share(shop, seconds)
    held = sum(cpu.memory(shop.folder).values())
    return [
        Finding("to start, from nothing", shop.started_in, "s"),
        Finding("CPU at rest", share, "% of a core", 1),
        Finding("memory at rest", held, "MiB", 400),
    ]


def _share(shop: Shop, seconds: int) -> float:
    """Percent of a core that all processes take in so many seconds, starting from now."""
    before, begun = shop.used(), time.monotonic()
    time.sleep(seconds)
    used = sum(shop.used().values()) - sum(before.values())
    return 100 * used / (time.monotonic() - begun)
