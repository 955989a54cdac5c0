"""The worker's clock: the sweep and the rounds of confirmations, emails and webhooks, in threads of each worker.

The broker only makes things fast. The clock needs none: it starts before the first connection, and goes on without one.
"""

import logging
import threading
import time
from functools import partial
from typing import Any

from celery import Celery, bootsteps
from celery.signals import task_received
from celery.worker import state
from django.conf import settings

from config import logs, request_id
from config.measures import rounds as measured
from config.measures import server as measures
from config.runtime import memory, watchdog
from config.runtime.watchdog import SILENT_SECONDS, TELL_EVERY
from config.worker.wakeups import Wakeups
from orders.emails.queue import SENDERS
from orders.events.task_names import Task
from outbox.clock import Asked, Round
from outbox.clock import causes as causes_here

log = logging.getLogger(__name__)
# Rows of emails and webhooks are claimed one by one; the sweep would have all workers walk the same orders.
ALONE = {Task.SWEEP: True, Task.CONFIRM: False, Task.SEND_EMAILS: False, Task.SEND_WEBHOOKS: False}
# Threads of each. An order with numbers may wait for a product's lock, and keeps its thread meanwhile; an email keeps its
# for as long as the mail server takes. Of webhooks one thread sends, and the other brings it what it is woken for, and
# sends while the first waits for its last receivers.
THREADS = {Task.SWEEP: 1, Task.CONFIRM: 2, Task.SEND_EMAILS: SENDERS, Task.SEND_WEBHOOKS: 2}
# After so many seconds in which a round has done nothing it is stuck. Mail servers and receivers may take their time.
PATIENCE: dict[str, float] = {
    Task.SWEEP: 60.0,
    Task.CONFIRM: 60.0,
    Task.SEND_EMAILS: 300.0,
    Task.SEND_WEBHOOKS: 300.0,
}
# Seconds that tasks may wait while the worker is busy with others: tables, say.
BUSY_SECONDS = 900.0
# How often the broker's queue is looked at, over a connection of that look alone.
LOOK_EVERY = 15.0
# So long a worker that is asked to stop waits for what a round has in hand.
STOP_SECONDS = 5.0


class Clock(bootsteps.StartStopStep):
    """Starts the rounds with the worker, and ends them with it."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self.rounds: list[Round] = []

    def start(self, parent: Any) -> None:
        memory.spare()
        if settings.TRACES:
            from config import tracing as traces  # noqa: PLC0415 only who has a collector needs it

            traces.begin()
        measures.begin()
        self.rounds = rounds(parent.app)
        taking = Taking(parent.app)
        watch = Watch(self.rounds, taking)
        for each in (*self.rounds, Wakeups(self.rounds), taking, watch):
            each.start()

    def stop(self, parent: Any) -> None:
        for each in self.rounds:
            each.stop()
        for each in self.rounds:
            each.join(STOP_SECONDS)

    terminate = stop


class Taking(threading.Thread):
    """Knows whether the worker takes tasks, by looking at the broker's queue now and then.

    A worker that lost its way after a reconnect lives, and its queue grows. Where the broker does not answer nothing is
    known, and nothing wrong with the worker.
    """

    def __init__(self, app: Celery) -> None:
        super().__init__(name="looks at the queue", daemon=True)
        self.app = app
        # Since when tasks have been waiting and none was taken, and when that was seen last.
        self.since: float | None = None
        self.seen = 0.0
        task_received.connect(self.took)

    def took(self, **_task: object) -> None:
        self.since = None

    def run(self) -> None:
        while True:
            time.sleep(LOOK_EVERY)
            self.look()

    def look(self) -> None:
        if not self._has_waiting():
            self.since = None
            return
        self.seen = time.monotonic()
        self.since = self.since or self.seen

    def _has_waiting(self) -> bool:
        try:
            with self.app.connection_for_read() as connection:
                channel: Any = connection.default_channel
                declared = channel.queue_declare(self.app.conf.task_default_queue, passive=True)
                return bool(declared.message_count)
        except Exception:  # noqa: BLE001 each transport has errors of its own, and all say the same
            return False

    def is_stuck(self) -> bool:
        """Whether tasks have been waiting for long and none was taken; busy with others it may leave them for longer."""
        patience = BUSY_SECONDS if state.active_requests else SILENT_SECONDS
        return self.since is not None and self.seen - self.since > patience


class Watch(threading.Thread):
    """Tells the supervisor that the worker is well, as long as all of it goes on."""

    def __init__(self, rounds: list[Round], taking: Taking) -> None:
        super().__init__(name="tells that all is well", daemon=True)
        self.rounds = rounds
        self.taking = taking

    def run(self) -> None:
        while True:
            if self.is_well():
                watchdog.tell()
            time.sleep(TELL_EVERY)

    def is_well(self) -> bool:
        """Whether each round goes on, and tasks are taken. It says which of them does not."""
        stuck = [each.name for each in self.rounds if each.is_stuck(PATIENCE[each.name])]
        stuck += ["tasks"] if self.taking.is_stuck() else []
        if stuck:
            log.critical("no progress: %s", ", ".join(stuck))
        return not stuck


def rounds(app: Celery) -> list[Round]:
    """Not yet started; those of one name share what they are asked."""
    asked = {task: Asked() for task in ALONE}
    return [
        Round(task, partial(_act, app, task), every=settings.SWEEP_EVERY, alone=alone, asked=asked[task])
        for task, alone in ALONE.items()
        for _nth in range(THREADS[task])
    ]


def _act(app: Celery, task: Task) -> None:
    """The task, for what the round was woken for; the lines of the log go by the name of the first request among it."""
    causes = causes_here()
    request_id.begin(causes[0].request if causes else "")
    about_some = [cause.of for cause in causes if cause.of]
    logs.about(task=task, order=about_some[0] if len(about_some) == 1 else "")
    with measured.round_of(task):
        app.tasks[task](*about_some)
