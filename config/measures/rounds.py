"""How long each round of a worker took, and when it ended last."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from config.measures import numbers


@contextmanager
def round_of(name: str) -> Iterator[None]:
    """What is done inside is a round of that name; one that fails has no end, and is counted."""
    began = perf_counter()
    try:
        yield
    except Exception:
        numbers.round_failures.labels(name).inc()
        raise
    numbers.round_seconds.labels(name).observe(perf_counter() - began)
    numbers.round_ended.labels(name).set_to_current_time()
