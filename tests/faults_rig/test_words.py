"""What a run is asked for in words, and what of its logs it has brought about itself."""

import pytest

from faults.__main__ import numbers
from faults.run import _is_provoked


@pytest.mark.parametrize(
    ("text", "seeds"), [("7", [7]), ("7,8,7", [7, 8]), ("3-6", [3, 4, 5, 6]), ("1,3-4", [1, 3, 4])]
)
def test_seeds_are_numbers_with_commas_and_ranges(text, seeds):
    assert numbers(text) == seeds


@pytest.mark.parametrize(
    ("traceback", "faults", "is_provoked"),
    [
        ("web-1.log: DeadlockDetected: deadlock detected", ["postgres.deadlock"], True),
        ("web-1.log: DeadlockDetected: deadlock detected", ["postgres.cancel", "web.kill"], False),
        ("web-1.log: QueryCanceled: canceling statement due to user request", ["postgres.cancel"], True),
        (
            "web-1.log: QueryCanceled: canceling statement due to statement timeout",
            ["postgres.cancel"],
            False,
        ),
    ],
)
def test_a_traceback_counts_unless_a_fault_of_the_run_has_made_it(traceback, faults, is_provoked):
    assert _is_provoked(traceback, faults) == is_provoked
