"""A worker's rounds go on by their own clock, whatever goes wrong in them, and it is known when one is stuck."""

import threading
import time
from itertools import chain, count, pairwise

import pytest
from django.db import OperationalError, connection, transaction

from outbox import clock, rounds
from outbox.clock import Asked, Cause, Round
from outbox.models import Round as Row
from outbox.rounds import LEASE_SECONDS, Turn, turn
from tests.parallel import at_once
from tests.waiting import SECONDS, wait_until, waiting_for_locks

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


class Crew:
    """Rounds of one name that act by being woken alone; each keeps its thread until it may go on."""

    def __init__(self, count: int) -> None:
        self.taken: list[list[str]] = []
        self.go_on = threading.Event()
        self.go_on.set()
        self.asked = Asked()
        self.rounds = [Round("test", self.act, every=600, asked=self.asked) for _nth in range(count)]

    def act(self) -> None:
        self.taken.append([cause.of for cause in clock.causes()])
        self.go_on.wait(SECONDS)

    @property
    def free(self) -> int:
        return sum(each.is_free for each in self.rounds)

    def ask(self, of: str) -> None:
        self.asked.wake_one(Cause(of=of))


@pytest.fixture
def crew():
    here = Crew(2)
    for each in here.rounds:
        each.start()
    wait_until(lambda: here.free == 2, "both wait to be woken")
    here.taken.clear()
    yield here
    here.go_on.set()
    for each in here.rounds:
        each.stop()
    for each in here.rounds:
        each.join(SECONDS)


def test_one_round_is_woken_and_the_others_look_at_nothing_in_vain(crew):
    for of in ("a", "b", "c"):
        crew.ask(of)
        wait_until(lambda of=of: [of] in crew.taken and crew.free == 2, "it is done")

    assert crew.taken == [["a"], ["b"], ["c"]]


def test_what_comes_while_a_round_is_busy_wakes_another_and_what_comes_while_all_are_is_done_together(crew):
    crew.go_on.clear()
    for of in ("a", "b"):
        crew.ask(of)
        wait_until(lambda of=of: [of] in crew.taken, "another round begins")
    for of in ("c", "d"):
        crew.ask(of)
    crew.go_on.set()

    wait_until(lambda: ["c", "d"] in crew.taken, "whichever comes first takes both")


def test_more_than_one_round_takes_is_done_by_the_next(crew, monkeypatch):
    monkeypatch.setattr(clock, "TOGETHER", 2)
    crew.go_on.clear()
    for of in ("a", "b"):
        crew.ask(of)
        wait_until(lambda of=of: [of] in crew.taken, "both are busy")
    for of in "cdefg":
        crew.ask(of)
    crew.go_on.set()

    wait_until(lambda: sorted(chain.from_iterable(crew.taken)) == list("abcdefg"), "each is taken once")
    assert max(map(len, crew.taken)) == 2


def test_a_round_that_has_more_than_it_can_do_has_another_begin():
    helped = threading.Event()
    asked = Asked()

    def act() -> None:
        if [cause.of for cause in clock.causes()] == ["many"]:
            clock.share()
            assert helped.wait(SECONDS)
        elif begun.is_set():
            helped.set()

    begun = threading.Event()
    rounds = [Round("test", act, every=600, asked=asked) for _nth in range(2)]
    for each in rounds:
        each.start()
    wait_until(lambda: all(each.is_free for each in rounds), "both wait")
    begun.set()
    asked.wake_one(Cause(of="many"))

    wait_until(helped.is_set, "the other one begins")
    for each in rounds:
        each.stop()
        each.join(SECONDS)


def test_rounds_of_one_name_share_the_looks_that_their_clock_wants():
    looks: list[float] = []
    asked = Asked()
    rounds = [
        Round("test", lambda: looks.append(time.monotonic()), every=0.4, asked=asked) for _nth in range(3)
    ]
    for each in rounds:
        each.start()
    wait_until(lambda: all(each.is_free for each in rounds), "all have looked at their start")
    looks.clear()
    wait_until(lambda: len(looks) >= 5, "from then on one looks at a time")
    for each in rounds:
        each.stop()
        each.join(SECONDS)

    assert min(later - earlier for earlier, later in pairwise(looks)) >= 0.4


def test_at_rest_the_first_of_a_name_looks_and_the_others_need_no_connection():
    looked: list[threading.Thread] = []
    asked = Asked()
    rounds = [
        Round("test", lambda: looked.append(threading.current_thread()), every=2, asked=asked)
        for _nth in range(3)
    ]
    for each in rounds:
        each.start()
    wait_until(lambda: len(looked) >= 3, "looks")
    for each in rounds:
        each.stop()
        each.join(SECONDS)

    assert set(looked) == {rounds[0]}


def test_another_round_looks_in_time_while_one_is_busy_with_what_it_found():
    busy, go_on, looks = threading.Event(), threading.Event(), count(1)

    def act() -> None:
        next(looks)
        if threading.current_thread() is rounds[0]:
            busy.set()
            go_on.wait(SECONDS)

    asked = Asked()
    rounds = [Round("test", act, every=0.1, asked=asked) for _nth in range(2)]
    for each in rounds:
        each.start()
    assert busy.wait(SECONDS)

    wait_until(lambda: next(looks) > 10, "the other one looks again and again")
    go_on.set()
    for each in rounds:
        each.stop()
        each.join(SECONDS)


# --- one at a time ---------------------------------------------------------------------------------------------------


def test_of_many_at_once_one_has_the_turn():
    def take() -> bool:
        with turn("test", every=5) as mine:
            return bool(mine)

    assert sum(at_once([take] * 8)) == 1


def test_who_waited_for_the_row_does_not_take_a_turn_that_was_taken_meanwhile():
    is_held = threading.Event()

    def take_slowly() -> bool:
        with transaction.atomic():
            mine = Turn("test", every=0)
            is_held.set()
            wait_until(lambda: waiting_for_locks() == 1, "another one waits for the row")
            # A lease from now on, which ends later than one from when the other began to wait.
            mine.renewed -= LEASE_SECONDS
            mine.keep()
        return bool(mine)

    def take_behind() -> bool:
        assert is_held.wait(SECONDS)
        return bool(Turn("test", every=0))

    assert at_once([take_slowly, take_behind]) == [True, False]


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
