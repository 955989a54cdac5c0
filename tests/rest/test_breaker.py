"""A breaker belongs to its process (tests/config/test_cache.py has it before a real Redis that hangs)."""

import os
import threading

import pytest
from redis.exceptions import TimeoutError as NoAnswer

from rest.breaker import Away, Breaker


def no_answer() -> None:
    raise NoAnswer


def test_a_fork_begins_anew():
    """The thread that waits for the server stays behind with the parent."""
    back = threading.Event()

    def tried() -> None:
        if not back.is_set():
            raise NoAnswer

    breaker = Breaker("a server", tried)
    with pytest.raises(NoAnswer):
        breaker.call(no_answer)
    with pytest.raises(Away):
        breaker.call(no_answer)

    child = os.fork()
    if child == 0:
        os._exit(int(breaker.is_open))
    _pid, status = os.waitpid(child, 0)
    back.set()

    assert os.waitstatus_to_exitcode(status) == 0
