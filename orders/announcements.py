"""After commit: hints to the workers and to the browsers that watch.

A hint makes things fast and promises nothing: the row is the truth, the sweep and the sockets' own re-check find what a
lost hint was about. So hints are sent from a thread of their own, and neither a dead broker nor a dead channel layer
makes a request wait or fail.
"""

import asyncio
import atexit
import logging
import os
import queue
import threading
from collections.abc import Callable
from uuid import UUID

from celery import current_app
from channels.layers import get_channel_layer
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

log = logging.getLogger(__name__)
WAITING_HINTS = 1000
SEND_SECONDS = 3
UNREACHABLE = (OperationalError, RedisError, OSError, TimeoutError)


def group_of(order_id: UUID) -> str:
    """The channel group of those who watch an order."""
    return f"order.{order_id.hex}"


def enqueue(task: str, *args: str) -> None:
    """After commit, ask a worker to run a task by its name. May get lost; whatever it is for, the sweep finds it too."""
    transaction.on_commit(lambda: _hints.put(lambda: current_app.send_task(task, args, retry=False)))


def announce_status(order_id: UUID) -> None:
    """After commit, tell those who watch an order that it has a new status change."""
    transaction.on_commit(lambda: _hints.put(lambda: _hints.to_group(group_of(order_id))))


class _Hints:
    """One thread per process that sends hints in order, with an event loop of its own for the channel layer."""

    def __init__(self) -> None:
        self.pid: int | None = None
        self.lock = threading.Lock()

    def put(self, send: Callable[[], object]) -> None:
        self._start()
        try:
            self.waiting.put_nowait(send)
        except queue.Full:
            log.warning("hint dropped: %d are waiting already", WAITING_HINTS)

    def _start(self) -> None:
        if self.pid == os.getpid():
            return
        with self.lock:
            if self.pid != os.getpid():
                self.waiting: queue.Queue[Callable[[], object]] = queue.Queue(WAITING_HINTS)
                threading.Thread(target=self._run, name="hints", daemon=True).start()
                atexit.register(self.drain)
                self.pid = os.getpid()

    def _run(self) -> None:
        self.loop = asyncio.new_event_loop()
        while True:
            send = self.waiting.get()
            try:
                send()
            except UNREACHABLE as error:
                log.warning("hint lost, the sweep will find it: %s", error)
            except Exception:
                # The bottom of the thread: one hint that can't be sent must not end all later ones.
                log.exception("hint failed")
            finally:
                self.waiting.task_done()

    def drain(self) -> None:
        """Wait, when the process ends, until the hints are on their way."""
        waiting = self.waiting
        with waiting.all_tasks_done:
            waiting.all_tasks_done.wait_for(lambda: not waiting.unfinished_tasks, SEND_SECONDS)

    def to_group(self, group: str) -> None:
        message = {"type": "status.changed"}
        sending = get_channel_layer().group_send(group, message)
        self.loop.run_until_complete(asyncio.wait_for(sending, SEND_SECONDS))


_hints = _Hints()
