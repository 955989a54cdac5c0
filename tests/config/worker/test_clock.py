"""A worker tells that it is well only while all of it goes on."""

import time

import pytest
from celery import current_app
from celery.worker import state

from config.worker import clock
from config.worker.clock import Taking, Watch
from orders.events.task_names import Task
from outbox.clock import Round


@pytest.fixture
def rounds():
    return clock.rounds(current_app)


@pytest.fixture
def taking(monkeypatch):
    """Its queue holds what the test says."""
    here = Taking(current_app)
    monkeypatch.setattr(here, "_has_waiting", lambda: True)
    return here


def ago(monkeypatch, seconds: float) -> None:
    """From now on it is so much later."""
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + seconds)


def test_a_worker_is_well_while_its_rounds_go_on_and_tells_which_does_not(
    rounds, taking, monkeypatch, caplog, settings
):
    watch = Watch(rounds, taking)
    assert watch.is_well()

    ago(monkeypatch, 61 + settings.SWEEP_EVERY)
    assert not watch.is_well()
    assert "no progress: orders.sweep" in caplog.text

    for each in rounds:
        if each.name in (Task.SWEEP, Task.CONFIRM):
            each.step()
    assert watch.is_well()


def test_tasks_that_wait_while_none_is_taken_are_no_progress(taking, monkeypatch):
    taking.look()
    ago(monkeypatch, 61)
    taking.look()
    assert taking.is_stuck()

    taking.took()
    assert not taking.is_stuck()


def test_a_worker_that_is_busy_may_leave_tasks_for_longer(taking, monkeypatch):
    busy = Round("any that can be referred to", print, every=1)
    monkeypatch.setattr(state, "active_requests", {busy})
    taking.look()
    ago(monkeypatch, 61)
    taking.look()
    assert not taking.is_stuck()


def test_of_a_broker_that_does_not_answer_nothing_is_known(taking, monkeypatch):
    taking.look()
    ago(monkeypatch, 600)
    assert not taking.is_stuck(), "that was seen long ago"


def test_the_queue_is_asked_at_the_broker():
    here = Taking(current_app)
    with current_app.connection_for_write() as connection:
        queue = connection.SimpleQueue(current_app.conf.task_default_queue)
        queue.clear()
        assert not here._has_waiting()
        queue.put("x")
        assert here._has_waiting()
        queue.clear()
