"""What it takes to tell: from an order's 201 to its customer's socket, and one change to thousands of sockets."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks import cpu
from benchmarks.measures.orders import BUYERS, Bench
from benchmarks.rounds import Finding, Round, median, percentile
from config.runtime.environment import PROJECT

# Seconds between two orders while the shop has nothing else to do.
IDLE_PACE = 0.5


def told(bench: Bench, *, rate: float) -> list[Finding]:
    """From 201 to the message that it is confirmed: with nothing else to do, and at half of `rate` orders a second."""
    count = bench.size.told
    idle = bench.complete(orders=count, pace=IDLE_PACE, clients=1)
    busy = bench.complete(orders=count * BUYERS, pace=2 * BUYERS / rate)
    return [*_spread(idle, "idle", (20, 80)), *_spread(busy, "at half load", (None, 250))]


def _spread(one: Round, when: str, limits: tuple[float | None, float | None]) -> list[Finding]:
    seconds = one.seconds["confirmed"]
    return [
        Finding(f"201 to the socket, {when}, p{percent}", 1000 * percentile(seconds, percent), "ms", limit)
        for percent, limit in zip((50, 99), limits, strict=True)
    ]


def crowded(bench: Bench) -> list[Finding]:
    """The memory of a socket, and how long until the last of all has heard of an order."""
    folder, count = bench.shop.folder, bench.size.listeners
    before = cpu.memory(folder)["web"]
    with _crowd(bench, count) as crowd:
        each = 1024 * (cpu.memory(folder)["web"] - before) / count
        spent = bench.shop.used()
        rounds = [_tell(crowd, bench) for _nth in range(bench.size.rounds)]
        used = {kind: seconds - spent[kind] for kind, seconds in bench.shop.used().items()}
    return [
        Finding(f"a listener of {count}", each, "KiB", 30),
        Finding(f"one order told to {count}, the last", median([max(one) for one in rounds]), "s", 1.5),
        Finding(f"one order told to {count}, CPU of web", used["web"] / len(rounds), "s"),
    ]


@contextmanager
def _crowd(bench: Bench, count: int) -> Iterator["subprocess.Popen[str]"]:
    (who,) = bench.clients(1)
    job = {"port": bench.shop.port, "listeners": count, "who": who}
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.load.crowd"],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as crowd:
        _ask(crowd, job)
        yield crowd
        assert crowd.stdin
        crowd.stdin.close()


def _tell(crowd: "subprocess.Popen[str]", bench: Bench) -> list[float]:
    seconds: list[float] = _ask(crowd, {bench.products[0].sku: 1})["seconds"]
    bench.expect(len(seconds) == bench.size.listeners, f"{len(seconds)} sockets have heard of an order")
    return seconds


def _ask(crowd: "subprocess.Popen[str]", what: dict[str, Any]) -> dict[str, Any]:
    assert crowd.stdin
    assert crowd.stdout
    crowd.stdin.write(json.dumps(what) + "\n")
    crowd.stdin.flush()
    answer: dict[str, Any] = json.loads(crowd.stdout.readline() or "{}")
    return answer
