"""Who is sent to next: many requests at one moment, within budgets that slow receivers can't use up.

A request takes as long as its receiver likes, up to WEBHOOK_TIMEOUT. So requests wait in threads of their own, which know
nothing of the database; the round alone claims deliveries and notes what came of them, and waits for no single receiver.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from orders.events.hints import wake
from orders.events.task_names import Task
from orders.models import WebhookEndpoint
from orders.webhooks import deliveries
from orders.webhooks.deliveries import Outcome, Request
from outbox import clock
from outbox.turns import Turns

if TYPE_CHECKING:
    from uuid import UUID

log = logging.getLogger(__name__)
# Requests under way at one moment in one process: of all endpoints, of those that failed or were slow at last, and of the
# endpoints of one owner. One endpoint has one at a time.
MAX_REQUESTS, MAX_TO_FAILING, MAX_PER_OWNER = 64, 32, 3
# Seconds after which a round begins no more requests; another one goes on while the last of its requests end.
ROUND_SECONDS = 60
# Seconds until a round looks again for what has become due; a hint makes it look at once.
LOOK_AGAIN_AFTER = 1


class Budget:
    """What is under way in one process, and what else may be."""

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._taken: dict[UUID, WebhookEndpoint] = {}

    def take(self, endpoint: WebhookEndpoint) -> bool:
        """Whether a request to the endpoint may begin; if so it counts as under way."""
        with self._changing:
            if not self._fits(endpoint):
                return False
            self._taken[endpoint.pk] = endpoint
            return True

    def give_back(self, endpoint: WebhookEndpoint) -> None:
        """The request is over."""
        with self._changing:
            del self._taken[endpoint.pk]

    def _fits(self, endpoint: WebhookEndpoint) -> bool:
        taken = self._taken.values()
        of_owner = sum(other.owner_id == endpoint.owner_id for other in taken)
        failing = sum(other.is_failing for other in taken)
        return (
            endpoint.pk not in self._taken
            and len(taken) < MAX_REQUESTS
            and of_owner < MAX_PER_OWNER
            and (not endpoint.is_failing or failing < MAX_TO_FAILING)
        )


class Round:
    """Requests that one thread begins, and notes the outcome of."""

    def __init__(self, budget: Budget, pool: ThreadPoolExecutor) -> None:
        self._budget, self._pool = budget, pool
        self._under_way: set[UUID] = set()
        self._last_turn: dict[UUID, float] = {}
        # What has come back, and calls to look for more: those of the well ones first, else in the order in which they came.
        self._inbox: queue.PriorityQueue[tuple[bool, int, Callable[[], None] | None]] = queue.PriorityQueue()
        self._count = count()

    def wake(self) -> None:
        """Look for what is due: something was owed."""
        self._put(None, is_failing=False)

    def _put(self, note: Callable[[], None] | None, *, is_failing: bool) -> None:
        self._inbox.put((is_failing, next(self._count), note))

    @property
    def is_asked(self) -> bool:
        """Whether there is something that it has not read."""
        return not self._inbox.empty()

    def run(self) -> None:
        """Send what is due until nothing is, or the time is over: then another round is asked for."""
        until = time.monotonic() + ROUND_SECONDS
        while time.monotonic() < until:
            self._begin()
            if not self._under_way:
                return
            self._read_inbox(LOOK_AGAIN_AFTER)
            clock.step()
        wake(Task.SEND_WEBHOOKS)

    def finish(self) -> None:
        """Note what comes of the requests that are still under way: each ends in time."""
        while self._under_way:
            self._read_inbox(None)
            clock.step()

    def _begin(self) -> None:
        """A request to each endpoint that has something due and is within the budgets, the well ones first.

        Those that failed wait for news: claiming for each of many takes its time, and a well one may have something new.
        """
        for endpoint in self._in_turn(deliveries.endpoints_with_work()):
            if not self._budget.take(endpoint):
                continue
            if not self._send(endpoint):
                self._budget.give_back(endpoint)
            if endpoint.is_failing and self.is_asked:
                return

    def _in_turn(self, endpoints: Iterable[WebhookEndpoint]) -> list[WebhookEndpoint]:
        return sorted(endpoints, key=lambda one: (one.is_failing, self._last_turn.get(one.pk, 0.0)))

    def _send(self, endpoint: WebhookEndpoint) -> bool:
        """Begin a request with what the endpoint is owed longest; whether there was anything."""
        self._last_turn[endpoint.pk] = time.monotonic()
        try:
            request = deliveries.take(endpoint=endpoint)
        except Exception:
            # One event that can't be told must not keep the round from others; its lease says when it is tried again.
            log.exception("a webhook can't be told")
            self.wake()
            request = None
        if request is None:
            return False
        self._under_way.add(endpoint.pk)
        sent = self._pool.submit(deliveries.send, request)
        sent.add_done_callback(
            lambda done: self._put(
                partial(self._note, endpoint, request, done), is_failing=endpoint.is_failing
            )
        )
        return True

    def _read_inbox(self, patience: float | None) -> None:
        """Wait for something, and read what else is there of the well ones.

        Of those that failed one is noted at a time: many end at one moment, and a well one has something new meanwhile.
        """
        try:
            is_failing, _nth, note = self._inbox.get(timeout=patience)
            while True:
                if note:
                    note()
                if is_failing:
                    return
                is_failing, _nth, note = self._inbox.get_nowait()
        except queue.Empty:
            pass

    def _note(self, endpoint: WebhookEndpoint, request: Request, sent: "Future[Outcome]") -> None:
        self._under_way.discard(endpoint.pk)
        self._budget.give_back(endpoint)
        try:
            deliveries.note(request, sent.result())
        except Exception:
            # What is under way besides has to be noted too; this one is sent again when its lease is over.
            log.exception("what came of a webhook can't be noted")


class Senders:
    """The senders of one process: one round at a time, and the budgets that all its rounds share."""

    def __init__(self) -> None:
        self._turns = Turns(1)
        self._budget = Budget()
        self._pool = ThreadPoolExecutor(MAX_REQUESTS, "webhook sender")
        self._round = Round(self._budget, self._pool)

    def send_due(self) -> None:
        """Send what is due; where a round goes on already, that one looks again."""
        # Before the turn is tried: the round that has it looks into its inbox once more after it has let go.
        self._round.wake()
        while self._round.is_asked and self._run_round():
            pass

    def _run_round(self) -> bool:
        """Whether this thread had the turn."""
        with self._turns.take() as is_free:
            if not is_free:
                return False
            sending = self._round = Round(self._budget, self._pool)
            try:
                sending.run()
            except BaseException:
                sending.finish()
                raise
        sending.finish()
        return True


_of_this_process = Senders()


def send_due() -> None:
    """The round: send what is due."""
    _of_this_process.send_due()
