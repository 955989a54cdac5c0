"""A breaker belongs to its process (tests/config/test_cache.py has it before a real Redis that hangs)."""

import os
import threading
from types import SimpleNamespace

import pytest
from redis.exceptions import TimeoutError as NoAnswer

from rest import breaker as breakers
from rest.breaker import FIRST_PAUSE, MAX_PAUSE, Away, Breaker
from tests.waiting import wait_until


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


def test_a_server_that_gives_signs_of_life_and_no_answers_is_left_alone_for_longer_and_longer(monkeypatch):
    waited: list[float] = []
    monkeypatch.setattr(breakers, "time", SimpleNamespace(sleep=waited.append))
    breaker = Breaker("a server", lambda: None, after=2)

    def fail() -> None:
        with pytest.raises(NoAnswer):
            breaker.call(no_answer)
        wait_until(lambda: not breaker.is_open, "it is asked again")

    for _ in range(7):
        fail()
    assert waited == [0, FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE, 8 * FIRST_PAUSE, MAX_PAUSE], (
        "the first failure opens nothing, each later one does"
    )

    assert breaker.call(lambda: "here") == "here"
    waited.clear()
    fail()
    assert not waited, "after an answer it takes two failures again"
    fail()
    assert waited == [0]


def test_errors_of_who_is_told_and_of_the_sign_of_life_do_not_leave_a_server_alone_for_ever():
    errors = [RuntimeError("a mistake of ours")]

    def alive() -> None:
        if errors:
            raise errors.pop()

    def tell(_failure: str) -> None:
        raise RuntimeError("nobody listens")

    breaker = Breaker("a server", alive, tell=tell)
    with pytest.raises(NoAnswer):
        breaker.call(no_answer)
    wait_until(lambda: not breaker.is_open, "it is asked again")
    assert not errors
