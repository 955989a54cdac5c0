"""The worker's clock: the sweep and the rounds of emails and webhooks, in threads of each worker.

The broker only makes things fast. The clock needs none: it starts before the first connection, and goes on without one.
"""

from functools import partial
from typing import Any

from celery import Celery, bootsteps
from django.conf import settings

from config import request_id
from orders.events.task_names import Task
from outbox.clock import Round

# Rows of emails and webhooks are claimed one by one; the sweep would have all workers walk the same orders.
ALONE = {Task.SWEEP: True, Task.SEND_EMAILS: False, Task.SEND_WEBHOOKS: False}
# So long a worker that is asked to stop waits for what a round has in hand.
STOP_SECONDS = 5.0


class Clock(bootsteps.StartStopStep):
    """Starts the rounds with the worker, and ends them with it."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self.rounds: list[Round] = []

    def start(self, parent: Any) -> None:
        self.rounds = rounds(parent.app)
        for each in self.rounds:
            each.start()

    def stop(self, parent: Any) -> None:
        for each in self.rounds:
            each.stop()
        for each in self.rounds:
            each.join(STOP_SECONDS)

    terminate = stop


def rounds(app: Celery) -> list[Round]:
    """Not yet started."""
    return [
        Round(task, partial(_act, app, task), every=settings.SWEEP_EVERY, alone=alone)
        for task, alone in ALONE.items()
    ]


def _act(app: Celery, task: Task) -> None:
    request_id.begin()
    app.tasks[task]()
