"""Calls that start at the same moment, each on a database connection of its own."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from orders.errors import OrderError


def at_once(calls: Sequence[Callable[[], object]]) -> list[object]:
    """Run the calls at once and return their results in order; a refusal (OrderError) is a result, not a failure."""
    start = threading.Barrier(len(calls), timeout=30)

    def run(call: Callable[[], object]) -> object:
        try:
            connection.ensure_connection()
            start.wait()
            return call()
        except OrderError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
