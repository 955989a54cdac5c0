"""A worker's rounds go on by their own clock, whatever goes wrong in them, and it is known when one is stuck."""

import threading
import time
from itertools import count

import pytest
from django.db import OperationalError, connection

from outbox import clock, rounds
from outbox.clock import Round
from outbox.models import Round as Row
from outbox.rounds import turn
from tests.parallel import at_once
from tests.waiting import SECONDS, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def running():
    """Starts rounds, and ends them after the test."""
    begun: list[Round] = []

    def run(act, **options) -> Round:
        begun.append(Round("test", act, every=0.01, **options))
        begun[-1].start()
        return begun[-1]

    yield run
    for each in begun:
        each.stop()
        each.join(SECONDS)


def test_a_round_goes_on_after_whatever_goes_wrong_in_it(running):
    calls = count(1)
    errors = {1: KeyError("nobody thought of that"), 2: OperationalError("server closed the connection")}

    def act() -> None:
        if error := errors.get(next(calls)):
            raise error

    running(act)
    wait_until(lambda: next(calls) > 4, "the next rounds")


def test_a_round_whose_connection_broke_has_a_new_one(running):
    seen: set[int] = set()

    def act() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            seen.add(cursor.fetchone()[0])
            if len(seen) == 1:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    running(act)
    wait_until(lambda: len(seen) == 2, "a new connection")


def test_clocks_of_the_machine_that_are_put_back_or_ahead_change_nothing(running, monkeypatch):
    calls = count(1)
    monkeypatch.setattr(time, "time", lambda: next(jumps))
    jumps = iter([day * 86400.0 * (-1) ** day for day in range(1, 10_000)])

    running(lambda: next(calls), alone=True)
    wait_until(lambda: next(calls) > 10, "rounds")


def test_it_is_known_when_a_round_is_stuck_and_when_it_takes_long_but_goes_on(running):
    inside, go_on = threading.Event(), threading.Event()

    def act() -> None:
        inside.set()
        go_on.wait(SECONDS)
        clock.step()

    stuck = running(act)
    assert inside.wait(SECONDS)
    wait_until(lambda: stuck.is_stuck(0.2), "it does nothing")
    go_on.set()
    wait_until(lambda: not stuck.is_stuck(0.2), "it goes on")


def test_what_wakes_a_round_during_its_delay_has_a_round_of_its_own():
    """It may have come too late for the look that the delay is for."""
    looks: list[float] = []
    here = Round("test", lambda: looks.append(time.monotonic()), every=600, delay=0.3)
    here.start()
    try:
        wait_until(lambda: len(looks) == 1, "the first round, which nothing woke")
        here.wake()
        wait_until(lambda: not here.woken.is_set(), "the delay has begun")
        here.wake()
        wait_until(lambda: len(looks) == 3, "a round for each")
        assert looks[2] - looks[1] >= 0.3
    finally:
        here.stop()
        here.join(SECONDS)


# --- one at a time ---------------------------------------------------------------------------------------------------


def test_of_many_at_once_one_has_the_turn():
    def take() -> bool:
        with turn("test", every=5) as mine:
            return bool(mine)

    assert sum(at_once([take] * 8)) == 1


def test_a_round_that_is_done_comes_again_when_its_pause_is_over_and_not_before():
    with turn("test", every=0.3) as first, turn("test", every=0.3) as second:
        assert first and not second
    with turn("test", every=0.3) as third:
        assert not third
    wait_until(lambda: _is_free(every=0.3), "the next turn")


def test_the_turn_of_a_worker_that_died_is_free_after_its_lease_and_one_that_goes_on_keeps_it(monkeypatch):
    monkeypatch.setattr(rounds, "LEASE_SECONDS", 0.3)
    held = rounds.Turn("test", 0)
    until = time.monotonic() + 1
    while time.monotonic() < until:
        held.keep()
        assert not rounds.Turn("test", 0)

    wait_until(lambda: _is_free(every=0), "the turn of one that says nothing")
    held.let_go()  # late: it changes nothing
    assert not held.keep()


def test_a_turn_that_a_wrong_clock_took_for_years_counts_for_nothing():
    Row.objects.create(name="test", until="2099-01-01T00:00Z")
    assert rounds.Turn("test", 5)


def _is_free(every: float) -> bool:
    with turn("test", every=every) as mine:
        return bool(mine)
