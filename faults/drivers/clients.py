"""The clients, a process of their own: reads a job from its input, a line, and writes what they saw into a file.

Nothing of Django is loaded here. When its customers are done it makes a file that says so, and waits for the line that
tells how far each listener has to hear.
"""

import json
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from faults.drivers.journeys import Customer
from faults.drivers.listeners import ListenerThread


def run(job: dict[str, Any]) -> None:
    end = threading.Event()
    listeners = [ListenerThread(job, who, end) for who in job["clients"]]
    customers = [Customer(job, who) for who in job["clients"]]
    errors: list[str] = []
    for listener in listeners:
        listener.start()
    _drive(customers, until=time.time() + job["seconds"], errors=errors)
    Path(job["driven"]).touch()
    targets = json.loads(sys.stdin.readline())
    for listener in listeners:
        listener.target = targets[str(listener.client)]
    end.set()
    for listener in listeners:
        listener.join(300)
    seen = {
        "told": [asdict(told) for customer in customers for told in customer.told],
        "heard": {listener.client: listener.heard for listener in listeners},
        "connections": sum(listener.connections for listener in listeners),
        "cpu": time.process_time(),
        "errors": [*errors, *(f"listener {one.client} never ended" for one in listeners if one.is_alive())],
    }
    Path(job["into"]).write_text(json.dumps(seen))


def _drive(customers: list[Customer], *, until: float, errors: list[str]) -> None:
    def drive(customer: Customer) -> None:
        try:
            customer.run(until)
        except Exception as error:  # noqa: BLE001 whatever ends a client is reported, and fails the run
            errors.append(f"customer {customer.who['client']}: {error!r}")

    threads = [threading.Thread(target=drive, args=(customer,)) for customer in customers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    run(json.loads(sys.stdin.readline()))
