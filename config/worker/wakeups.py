"""A worker's rounds begin when a hint says that there is something for them, and wait for their time without one.

Hints come over Redis Pub/Sub (orders/events/hints.py): all workers hear each, and many that come together are one round. A
hint is no message of the broker's, which a worker would have to take, to note and to acknowledge one by one. What several
workers hear one of them has in hand first, and the others find nothing to do.
"""

import json
import logging
import os
import threading
from collections.abc import Sequence

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.client import PubSub
from redis.exceptions import RedisError
from redis.retry import Retry

from orders.events.task_names import Task
from outbox.clock import Cause, Round
from rest.redis_client import pool_of

log = logging.getLogger(__name__)
# Seconds that a connection to Redis may take; those of silence after which it is asked for a sign of life; and the pause
# after a failure.
CONNECT_SECONDS, SILENT_SECONDS, PAUSE = 3.0, 20.0, 2.0
# The rounds of which hints tell.
HINTED = (Task.CONFIRM, Task.SEND_EMAILS, Task.SEND_WEBHOOKS)


class Wakeups(threading.Thread):
    """Wakes rounds by their names, and for whatever happens to orders that of webhooks."""

    def __init__(self, rounds: Sequence[Round]) -> None:
        super().__init__(name="hears what there is to do", daemon=True)
        self.rounds = rounds
        self.stopping = threading.Event()

    def run(self) -> None:
        while not self.stopping.is_set():
            try:
                self._hear()
            except (RedisError, OSError) as error:
                # The rounds go by their clock meanwhile.
                log.warning("hints are not heard: %s", error)
            except Exception:
                # The bottom of the thread.
                log.exception("hints are not heard")
            self.stopping.wait(PAUSE)

    def stop(self) -> None:
        """Hear nothing more; what is being waited for ends with the process."""
        self.stopping.set()

    def _hear(self) -> None:
        """For as long as Redis answers."""
        pool = pool_of(
            settings.HINTS_URL,
            client_name=f"orderly-wakeups-{os.getpid()}",
            socket_connect_timeout=CONNECT_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        redis = Redis.from_pool(pool)
        with redis, redis.pubsub() as hints:  # type: ignore[no-untyped-call]  # redis has no types for it
            hints.subscribe(settings.HINTS_CHANNEL, settings.WAKEUPS_CHANNEL)
            self._look_at_all()  # for what was told before
            while not self.stopping.is_set():
                self._take(hints)

    def _take(self, hints: PubSub) -> None:
        heard = hints.get_message(timeout=SILENT_SECONDS)
        if heard is None:
            hints.ping()
            if hints.get_message(timeout=CONNECT_SECONDS) is None:
                raise TimeoutError("Redis says nothing")
        elif heard["type"] == "message":
            self.hint(json.loads(heard["data"]))

    def hint(self, hint: dict[str, object]) -> None:
        """Wake what the hint is about; what is told of rights is not for workers."""
        name = Task.SEND_WEBHOOKS if "order" in hint else hint.get("round")
        said = {field: str(hint.get(field, "")) for field in Cause._fields}
        for asked in {each.asked for each in self.rounds if each.name == name}:
            asked.wake_one(Cause(**said))

    def _look_at_all(self) -> None:
        for asked in {each.asked for each in self.rounds if each.name in HINTED}:
            asked.rounds[0].wake()
