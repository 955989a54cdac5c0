"""Many sockets in one process, and how long it takes until each has heard of one order.

Reads a job from its input and opens the sockets; places the order when it reads a line, and writes what came of it.
"""

import json
import selectors
import sys
import time
from typing import Any

from benchmarks.load.generator import connect, place, preview
from benchmarks.load.tally import Tally
from benchmarks.load.wire import Connection


def opened(job: dict[str, Any]) -> list[Connection]:
    """Each has said that it listens."""
    listeners = []
    for _nth in range(job["listeners"]):
        listener = connect(job, job["who"])
        listener.upgrade("/ws/orders/")
        listener.message()
        listeners.append(listener)
    return listeners


def heard(listeners: list[Connection], since: float) -> list[float]:
    """Seconds until each has something to read."""
    seconds: list[float] = []
    with selectors.DefaultSelector() as selector:
        for listener in listeners:
            selector.register(listener.socket, selectors.EVENT_READ, listener)
        while selector.get_map() and (ready := selector.select(60)):
            now = time.perf_counter()
            for key, _events in ready:
                if key.data.frame() is not None:
                    selector.unregister(key.fileobj)
                    seconds.append(now - since)
    return seconds


def main() -> None:
    job = json.loads(sys.stdin.readline())
    listeners = opened(job)
    say({"opened": len(listeners)})
    who, connection, tally = job["who"], connect(job, job["who"]), Tally()
    for line in sys.stdin:
        made = preview(connection, tally, who, json.loads(line))
        status = place(connection, tally, made)
        seconds = heard(listeners, time.perf_counter())
        say({"status": status, "seconds": seconds})


def say(what: dict[str, Any]) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    main()
