"""A worker's rounds begin when a hint over Redis says so; none is taken for another."""

import os
import threading
import time
from collections import Counter

import pytest
from django.conf import settings as shop
from django.db import transaction
from redis import Redis

from config.worker.wakeups import Wakeups
from orders.events import hints
from orders.events.task_names import Task
from outbox.clock import Asked, Round
from tests.factories import make_product
from tests.waiting import SECONDS, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
# Ten minutes: what begins does not begin by the clock.
NEVER = 600


@pytest.fixture(autouse=True)
def _own_channels(settings):
    """Of this test alone: others tell theirs at the same Redis."""
    settings.WAKEUPS_CHANNEL = settings.HINTS_CHANNEL = f"test {time.monotonic_ns()}"
    settings.WAKEUPS_CHANNEL += " wakeups"


@pytest.fixture
def begun():
    """How often each round has begun, of a worker that hears hints."""
    counted: Counter[str] = Counter()
    rounds = [
        Round(name, lambda name=name: counted.update([name]), every=NEVER)
        for name in (Task.SWEEP, Task.CONFIRM, Task.SEND_EMAILS, Task.SEND_WEBHOOKS)
    ]
    wakeups = Wakeups(rounds)
    for each in (*rounds, wakeups):
        each.start()
    # Once by itself, and once when it begins to hear.
    wait_until(lambda: counted[Task.SEND_EMAILS] == counted[Task.SEND_WEBHOOKS] == 2, "the rounds")
    yield counted
    for each in rounds:
        each.stop()
    wakeups.stop()
    hints.announce_access(user_id=0)  # it has heard the last
    for each in (*rounds, wakeups):
        each.join(SECONDS)


def test_an_order_wakes_the_rounds_of_confirmations_emails_and_webhooks_and_no_other(begun, buyer):
    buyer.place((make_product(stock=1), 1))

    woken = (Task.CONFIRM, Task.SEND_EMAILS, Task.SEND_WEBHOOKS)
    wait_until(lambda: all(begun[name] > 2 for name in woken), "the rounds")
    assert begun[Task.SWEEP] == 1


def test_what_is_not_committed_wakes_none(begun):
    with transaction.atomic():
        hints.wake(Task.SEND_EMAILS)
        transaction.set_rollback(True)
    hints.wake(Task.SEND_WEBHOOKS)

    wait_until(lambda: begun[Task.SEND_WEBHOOKS] > 2, "the round of what is")
    assert begun[Task.SEND_EMAILS] == 2


def test_a_round_is_woken_after_redis_cut_the_line(begun):
    redis = Redis.from_url(shop.HINTS_URL)
    # This test's own line: others listen at the same Redis.
    own = [one["id"] for one in redis.client_list() if one["name"] == f"orderly-wakeups-{os.getpid()}"]
    assert own
    for client in own:
        redis.client_kill_filter(_id=client)

    # It hears again, and looks for what was told meanwhile.
    wait_until(lambda: begun[Task.SEND_EMAILS] > 2, "the round")
    before = begun[Task.SEND_EMAILS]
    hints.wake(Task.SEND_EMAILS)
    wait_until(lambda: begun[Task.SEND_EMAILS] > before, "the round")


def test_rights_wake_none(begun):
    hints.announce_access(user_id=1)
    hints.wake(Task.SEND_EMAILS)

    wait_until(lambda: begun[Task.SEND_EMAILS] > 2, "the round of what was told after it")
    assert begun[Task.SEND_WEBHOOKS] == 2


def test_for_what_was_told_before_the_first_of_each_name_looks_and_the_others_need_no_connection():
    looked: list[threading.Thread] = []
    asked = Asked()
    rounds = [
        Round(Task.CONFIRM, lambda: looked.append(threading.current_thread()), every=NEVER, asked=asked)
        for _nth in range(2)
    ]
    wakeups = Wakeups(rounds)
    for each in (*rounds, wakeups):
        each.start()
    wait_until(lambda: len(looked) == 2, "once by itself, and once when it begins to hear")
    wakeups.stop()
    hints.announce_access(user_id=0)
    for each in rounds:
        each.stop()
        each.join(SECONDS)

    assert set(looked) == {rounds[0]}
