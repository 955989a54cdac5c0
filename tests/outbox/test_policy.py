"""How long is waited after failures, and when it ends."""

from datetime import timedelta

import pytest

from outbox.queue import JITTER, Policy

SECOND = timedelta(seconds=1)
POLICY = Policy(first_pause=10 * SECOND, max_pause=timedelta(hours=6), lease=SECOND)


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 10), (2, 20), (3, 40), (12, 20_480), (13, 21_600), (500, 21_600)]
)
def test_pauses_double_up_to_the_longest_and_vary_by_a_fifth(attempts, seconds):
    pauses = [POLICY.pause_after(attempts) / SECOND for _ in range(300)]

    assert seconds * (1 - JITTER) <= min(pauses) < seconds * 0.9
    assert seconds * 1.1 < max(pauses) <= seconds * (1 + JITTER)


def test_without_an_end_no_attempt_is_the_last():
    assert not POLICY.is_last(10_000)


def test_with_an_end_the_last_attempt_is_known():
    policy = Policy(first_pause=SECOND, max_pause=SECOND, lease=SECOND, give_up_after=3)

    assert [policy.is_last(attempts) for attempts in (1, 2, 3, 4)] == [False, False, True, True]
