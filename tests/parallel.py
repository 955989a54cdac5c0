"""Calls that start at the same moment, each on a database connection of its own."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from django.db import DatabaseError, connection

from orders.errors import OrderError
from tests.waiting import SECONDS


def at_once(calls: Sequence[Callable[[], object]]) -> list[object]:
    """Run the calls at once and return their results in order; a refusal (OrderError) is a result, not a failure.

    Raises what kept one of them from beginning, and not that the others waited for it in vain.
    """
    start = threading.Barrier(len(calls), timeout=SECONDS)

    def run(call: Callable[[], object]) -> object:
        try:
            connected(start)
            start.wait()
            return call()
        except OrderError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        begun = [pool.submit(run, call) for call in calls]
    errors = [error for one in begun if (error := one.exception())]
    for error in sorted(errors, key=lambda error: isinstance(error, threading.BrokenBarrierError)):
        raise error
    return [one.result() for one in begun]


def connected(start: threading.Barrier) -> None:
    try:
        connection.ensure_connection()
    except DatabaseError:
        start.abort()
        raise
