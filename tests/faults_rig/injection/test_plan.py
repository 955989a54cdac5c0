"""Which faults come, and when, is a matter of the seed alone."""

from itertools import groupby, pairwise

import pytest

from faults.injection.plan import MATRIX, faults, kinds
from faults.injection.system import endings


def test_the_same_seed_is_the_same_plan_and_another_is_another():
    assert faults(seed=1, seconds=60) == faults(seed=1, seconds=60)
    assert faults(seed=1, seconds=60) != faults(seed=2, seconds=60)


def test_each_kind_comes_once_before_one_comes_again():
    planned = [fault.kind for fault in faults(seed=3, seconds=600)]
    every = kinds()
    assert len(every) == sum(map(len, MATRIX.values()))
    assert sorted(planned[: len(every)]) == sorted(every)


def test_faults_follow_each_other_and_end_with_the_time():
    planned = faults(seed=4, seconds=100)
    for earlier, later in pairwise(planned):
        assert later.at >= earlier.at + earlier.seconds + 2
    assert planned[-1].at < 100


def test_in_pairs_two_of_different_targets_begin_at_one_moment_and_those_of_the_supervisor_alone():
    planned = faults(seed=5, seconds=600, pairs=True)
    moments = [list(together) for _at, together in groupby(planned, lambda fault: fault.at)]
    assert {len(together) for together in moments} == {1, 2}
    for one, *others in moments:
        for other in others:
            assert one.target != other.target
            assert "supervisor" not in (one.target, other.target)
    for earlier, later in pairwise(moments):
        assert later[0].at >= earlier[0].at + max(fault.seconds for fault in earlier) + 2


def test_only_those_that_are_named():
    assert kinds("supervisor, web.kill") == [
        "web.kill",
        "supervisor.kill",
        "supervisor.twice",
        "supervisor.stop",
    ]
    assert {fault.target for fault in faults(seed=1, seconds=60, only="postgres")} == {"postgres"}


def test_kinds_that_can_not_be_here_are_left_out_and_calm_has_none():
    without = set(kinds()) - {"web.kill", "disk.full"}
    assert {fault.kind for fault in faults(seed=1, seconds=60, without=without)} == {"web.kill", "disk.full"}
    assert faults(seed=1, seconds=60, only="calm") == []


def test_an_unknown_name_is_refused_with_those_that_there_are():
    with pytest.raises(ValueError, match="moon is no fault: choose from web, worker"):
        kinds("web,moon")


def test_a_log_has_as_many_tracebacks_as_were_written():
    log = """12:00 WARNING unavailable: OperationalError
Traceback (most recent call last):
  File "a.py", line 1, in f
    g()
KeyError: 'one'
12:01 INFO fine
Traceback (most recent call last):
  File "a.py", line 1, in f
"""
    assert endings(log) == ["KeyError: 'one'", "cut off"]
