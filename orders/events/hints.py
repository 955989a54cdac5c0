"""After commit: hints to the workers and to the browsers that watch.

A hint makes things fast and promises nothing: the row is the truth, the sweep and the sockets' own look find what a lost
hint was about. Over Redis all workers hear of what their rounds do; over the broker one of them takes what it asks another
service for. So hints are sent from a thread of their own, and neither a dead broker nor a dead Redis makes a request
wait or fail.
"""

import atexit
import json
import logging
import os
import queue
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from uuid import UUID

from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from orders.events.task_names import Task
from outbox import tracing
from outbox.naming import NONE, request_name
from rest.breaker import Away
from rest.redis_client import client_of

log = logging.getLogger(__name__)
WAITING_HINTS = 1000
# One hint carries so many orders at most.
TOGETHER = 100
# Seconds that an ending process waits for hints that are on their way.
DRAIN_SECONDS = 3
# Seconds that Redis may take to pass a hint on.
PUBLISH_SECONDS = 0.5
UNREACHABLE = (OperationalError, RedisError, OSError, TimeoutError)


def enqueue(task: Task | str, *args: str) -> None:
    """After commit, ask a worker to run a task by its name. It may get lost; the sweep finds the same work."""
    _after_commit(_to_workers, lambda: current_app.send_task(str(task), args, retry=False))


def enqueue_with_others(task: Task, of: str) -> None:
    """After commit, have a worker's round do a task that takes many (config/worker/wakeups.py), for this one among them.

    Every worker that listens hears it over Redis. Where none does, what waits for the broker at this moment is asked for
    over that together, by the name of the first request whose work it carries.
    """
    _after_commit(_over_redis, partial(_wake_or_send, task, of))


def _wake_or_send(task: Task, of: str) -> None:
    with suppress(*UNREACHABLE):
        if _wake(task, of=of):
            return
    _gathered.add(task, of)
    _to_workers.put(partial(copy_context().run, _send_gathered, task))


def _send_gathered(task: Task) -> None:
    if args := _gathered.take(task):
        current_app.send_task(str(task), args, retry=False)


def wake(round_: Task) -> None:
    """After commit, have each worker begin one of its rounds now: there is something for it (config/worker/wakeups.py)."""
    _after_commit(_over_redis, partial(_wake, round_))


def _wake(round_: Task, **more: str) -> int:
    """How many workers heard it. Its lines in their logs go by the request's name."""
    if (name := request_name.get()) != NONE:
        more["request"] = name
    return _publish(settings.WAKEUPS_CHANNEL, round=str(round_), **more)


def announce(*, order_id: UUID, customer_id: int) -> None:
    """After commit, tell those who watch an order, or all of its customer's, or all, that something happened to it.

    Workers hear it too: one gives what happened its place in the feed, and sends it to webhooks.
    """
    announce_all([(order_id, customer_id)])


def announce_all(orders: Iterable[tuple[UUID, int]]) -> None:
    """The same for many orders, each with its customer."""
    for order_id, customer_id in orders:
        hint = partial(_publish, settings.HINTS_CHANNEL, order=order_id.hex, customer=customer_id)
        _after_commit(_over_redis, hint)


def announce_access(*, user_id: int | None = None) -> None:
    """After commit, have a user's open sockets, or everybody's, look again whether they may stay open."""
    _after_commit(_over_redis, partial(_publish, settings.HINTS_CHANNEL, access=user_id))


def _publish(channel: str, **hint: object) -> int:
    """Tell every process that listens: web processes (orders/live/hub.py) and workers (config/worker/wakeups.py).

    How many heard it.
    """
    if origin := tracing.origin():
        hint["trace"] = origin
    redis = client_of(settings.HINTS_URL, "the Redis of hints", PUBLISH_SECONDS)
    heard: int = redis.publish(channel, json.dumps(hint))
    return heard


def _after_commit(way: "_Hints", send: Callable[[], object]) -> None:
    """Robust: what is committed can't become an error because of its hint. The hint goes by its request's name."""
    transaction.on_commit(lambda: way.put(partial(copy_context().run, send)), robust=True)


class _Gathered:
    """What tasks that take many are to be asked for: WAITING_HINTS of each at most, the sweep finds the others."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.waiting: defaultdict[Task, list[str]] = defaultdict(list)

    def add(self, task: Task, of: str) -> None:
        with self.lock:
            if len(self.waiting[task]) < WAITING_HINTS:
                self.waiting[task].append(of)

    def take(self, task: Task) -> list[str]:
        """The first of them, up to TOGETHER; whoever asked for the others comes yet."""
        with self.lock:
            taken, self.waiting[task] = self.waiting[task][:TOGETHER], self.waiting[task][TOGETHER:]
        return taken


class _Hints:
    """One thread per process that sends hints in order; it starts with the first one, so also after a fork."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.pid: int | None = None
        self.starting = threading.Lock()

    def put(self, send: Callable[[], object]) -> None:
        self._start()
        try:
            self.waiting.put_nowait(send)
        except queue.Full:
            log.warning("hint dropped: %d are waiting already", WAITING_HINTS)

    def _start(self) -> None:
        with self.starting:
            if self.pid == os.getpid():
                return
            self.waiting: queue.Queue[Callable[[], object]] = queue.Queue(WAITING_HINTS)
            threading.Thread(target=self._run, name=self.name, daemon=True).start()
            atexit.register(self._drain)
            self.pid = os.getpid()

    def _run(self) -> None:
        while True:
            send = self.waiting.get()
            try:
                send()
            except Away:
                # The log has it that Redis is away.
                pass
            except UNREACHABLE as error:
                log.warning("hint lost, the sweep will find it: %s", error)
            except Exception:
                # The bottom of the thread: one hint that can't be sent must not end all later ones.
                log.exception("hint failed")
            finally:
                self.waiting.task_done()

    def _drain(self) -> None:
        """Wait a little, when the process ends, until the hints are on their way."""
        waiting = self.waiting
        with waiting.all_tasks_done:
            waiting.all_tasks_done.wait_for(lambda: not waiting.unfinished_tasks, DRAIN_SECONDS)


# A dead broker must not keep the browsers waiting, so each has a thread of its own.
_to_workers = _Hints("hints over the broker")
_over_redis = _Hints("hints over Redis")
_gathered = _Gathered()
