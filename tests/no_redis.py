"""A shop whose caches can't be reached."""

from collections.abc import Iterator
from contextlib import contextmanager

NOWHERE = "unix:///nowhere/valkey.sock?db=1"


@contextmanager
def no_redis(settings) -> Iterator[None]:
    """Every cache is away, until the block ends."""
    real = settings.CACHES
    settings.CACHES = {name: one | {"LOCATION": NOWHERE} for name, one in real.items()}
    try:
        yield
    finally:
        settings.CACHES = real
