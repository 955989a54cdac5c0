"""Many sockets in one process, and how long it takes until each has heard of one order.

Reads a job from its input and opens the sockets; places the order when it reads a line, and writes what came of it.
"""

import json
import selectors
import sys
import time
from collections.abc import Iterator
from typing import Any

from benchmarks.load.generator import connect, place, preview
from benchmarks.load.tally import Tally
from benchmarks.load.wire import Connection

# Seconds after which a socket is one that did not hear.
PATIENCE = 60.0


def opened(job: dict[str, Any], selector: selectors.BaseSelector) -> int:
    """Each has said that it listens. Opening thousands takes longer than a server waits for the answer to its ping."""
    for _nth in range(job["listeners"]):
        listener = connect(job, job["who"])
        listener.upgrade("/ws/orders/")
        listener.message()
        selector.register(listener.socket, selectors.EVENT_READ, listener)
        for ready in _ready(selector, 0):
            list(_messages(ready))
    return len(selector.get_map())


def heard(selector: selectors.BaseSelector, order_id: str, since: float) -> list[float]:
    """Seconds until each has heard of this order; those that don't within PATIENCE are left out."""
    seconds: dict[Connection, float] = {}
    deadline = since + PATIENCE
    while len(seconds) < len(selector.get_map()) and time.perf_counter() < deadline:
        for listener in _ready(selector, 1):
            told = [message["data"]["order"] for message in _messages(listener)]
            if order_id in told:
                seconds.setdefault(listener, time.perf_counter() - since)
    return list(seconds.values())


def _ready(selector: selectors.BaseSelector, timeout: float) -> list[Connection]:
    return [key.data for key, _events in selector.select(timeout)]


def _messages(listener: Connection) -> Iterator[Any]:
    """All that came with what can be read now: a message may stand behind a ping."""
    while True:
        if (message := listener.frame()) is not None:
            yield message
        if not listener.rest:
            return


def main() -> None:
    job = json.loads(sys.stdin.readline())
    who, connection, tally = job["who"], connect(job, job["who"]), Tally()
    with selectors.DefaultSelector() as selector:
        say({"opened": opened(job, selector)})
        for line in sys.stdin:
            made = preview(connection, tally, who, json.loads(line))
            status = place(connection, tally, made)
            seconds = heard(selector, made["id"], time.perf_counter())
            say({"status": status, "seconds": seconds})


def say(what: dict[str, Any]) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    main()
