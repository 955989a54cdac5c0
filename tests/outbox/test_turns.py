"""Few threads of a process wait for somebody else; the others are turned away at once."""

import threading

from outbox.turns import Turns
from tests.parallel import at_once


def test_a_thread_that_finds_no_turn_free_goes_on_without_waiting(db):
    turns, taken, turned_away = Turns(2), threading.Barrier(3, timeout=20), threading.Barrier(3, timeout=20)

    def wait_for_somebody() -> bool:
        with turns.take() as is_mine:
            taken.wait()
            turned_away.wait()
            return is_mine

    def come_too_late() -> bool:
        taken.wait()
        with turns.take() as is_mine:
            turned_away.wait()
            return is_mine

    assert at_once([wait_for_somebody, wait_for_somebody, come_too_late]) == [True, True, False]


def test_a_turn_is_free_again_whatever_happened_in_it():
    turns = Turns(1)
    for _ in range(3):
        try:
            with turns.take() as is_mine:
                assert is_mine
                raise ConnectionError
        except ConnectionError:
            pass
