"""The order flow holds in every interleaving (faults/model/orders.pml), and breaks when a part of it is taken out."""

import os

import pytest

from faults.model import SCENES, TAKEN_OUT, check, is_there

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not is_there() and "CI" not in os.environ, reason="spin and gcc are not installed"),
]


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES.keys())
def test_no_interleaving_oversells_allocates_twice_loses_or_waits_for_ever(scene):
    result = check(scene=scene)

    assert not result.broken
    assert result.states > 50_000


@pytest.mark.parametrize("switch", TAKEN_OUT)
def test_what_is_taken_out_breaks_the_promise_that_it_is_there_for(switch):
    scene, promise = TAKEN_OUT[switch]

    assert promise in check(scene=scene, without=switch).broken
