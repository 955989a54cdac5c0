"""The one place of a process that listens to what happens, and hands it to the process's sockets.

It reads the feed once for each hint that concerns one of its sockets, and every LIVE_RECHECK seconds without one; however
many sockets hear it, an event is read and written once. Who may hear what is known from when a socket came, and looked at
anew, for all sockets together, when a hint says that a user's rights changed, and every LIVE_RECHECK seconds.

The hub runs while there are sockets. Each of its loops goes on after any error, and each of its waits ends
in time. A hub that could not look for a minute sends its sockets away, to come back.
"""

import asyncio
import json
import logging
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from contextvars import Context
from typing import Any
from uuid import UUID

from django.conf import settings
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from orders.events import feed
from orders.live import access
from orders.live.bounded import Result, Threads, in_time, let_go
from orders.live.codes import COME_BACK, TOO_MANY
from orders.live.hearing import Hearing
from orders.live.news import ALL, News, customer, order
from outbox.tracing import Hinted
from rest.redis_client import in_loop_of

log = logging.getLogger(__name__)
# Seconds that the database may take for a read or a look, and Redis for an answer.
READING_SECONDS, REDIS_SECONDS = 30.0, 3.0
# Seconds of silence after which Redis is asked for a sign of life.
SILENT_SECONDS = 5.0
# Between two reads; what happens meanwhile is read together.
BREATH = 0.01
# Between two tries of what failed: the first, and the most that this is doubled to.
FIRST_PAUSE, MAX_PAUSE = 0.5, 5.0
# Seconds without a look, or without a read, after which the hub's sockets are told to come back.
BLIND_SECONDS = 60.0
# How often it is seen to that there still are sockets, and that the hub is not blind.
WATCH_SECONDS = 5.0
# So many sockets are looked at in one go.
LOOK_AT = 500
# What sockets hear: one order, or all that their user may see.
KINDS = ("order", "orders")


def user(user_id: int) -> str:
    """The topic of all of a user's sockets."""
    return f"user {user_id}"


class Hub:
    """The hub of one event loop. Its methods run on that loop, except those that it gives to its thread."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.listeners: set[Hearing] = set()
        self.by_topic: defaultdict[str, set[Hearing]] = defaultdict(set)
        self.thread = Threads("live hub", 1)
        # Up to here the feed was handed out. None until the hub has begun.
        self.position: int | None = None
        self.ready = asyncio.Event()
        self.news = asyncio.Event()
        # Users whom something was taken away from, maybe; None is everybody. And how often that was said.
        self.suspects: set[int | None] = set()
        self.suspected = asyncio.Event()
        self.suspicions = 0
        # Since when a loop has failed each time, by its name.
        self.failing: dict[str, float] = {}
        self.hinted = Hinted()
        self.is_over = False
        self.news.set()
        loops = (self._read, self._look, self._hear, self._remind, self._watch)
        # Not in the context of the socket that came first.
        self.tasks = [self.loop.create_task(self._steadily(step), context=Context()) for step in loops]
        for task in self.tasks:
            task.add_done_callback(self._fell)

    # --- sockets --------------------------------------------------------------------------------------------------

    def enter(self, listener: Hearing) -> None:
        """A socket is there; what it may hear is not known yet."""
        self.listeners.add(listener)

    def place(self, listener: Hearing) -> int | None:
        """Put a socket where what it may hear reaches it. TOO_MANY when its user has so many that it can't stay."""
        own = user(listener.standing.user_id)
        most = settings.SOCKETS_PER_USER
        if most and listener not in self.by_topic[own] and len(self.by_topic[own]) >= most:
            return TOO_MANY
        self._displace(listener)
        listener.placed = (own, *listener.topics())
        for topic in listener.placed:
            self.by_topic[topic].add(listener)
        return None

    def _displace(self, listener: Hearing) -> None:
        for topic in listener.placed:
            self.by_topic[topic].discard(listener)
            if not self.by_topic[topic]:
                del self.by_topic[topic]
        listener.placed = ()

    def leave(self, listener: Hearing) -> None:
        """A socket is gone."""
        self.listeners.discard(listener)
        self._displace(listener)

    # --- its loops ------------------------------------------------------------------------------------------------

    async def _steadily(self, step: Callable[[], Awaitable[None]]) -> None:
        """Take the step again and again; after one that failed, wait a little, each time longer."""
        name, pause = step.__name__, FIRST_PAUSE
        while True:
            began = time.monotonic()
            try:
                await step()
                self.failing.pop(name, None)
            except Exception:
                # The bottom of the hub: nothing that goes wrong in a loop may end it.
                log.exception("the hub of sockets failed (%s), it tries again", name.strip("_"))
                self.failing.setdefault(name, time.monotonic())
                was_well = time.monotonic() - began > MAX_PAUSE
                pause = FIRST_PAUSE if was_well else min(2 * pause, MAX_PAUSE)
                await asyncio.sleep(pause)

    async def _read(self) -> None:
        """Hand out what is new in the feed."""
        await self.news.wait()
        self.news.clear()
        try:
            if self.position is None:
                self.position = await self._ask(feed.last_position)
                self.ready.set()
            while await self._read_some(self.position):
                pass
        except BaseException:
            self.news.set()
            raise
        await asyncio.sleep(BREATH)

    async def _read_some(self, after: int) -> bool:
        """Whether there may be more."""
        found, until, are_more = await self._ask(self._news, after)
        for news in found:
            with self.hinted.span(news.order_id):
                for listener in self._who_hears(news):
                    listener.hear(news)
        self.position = until
        return are_more

    async def _look(self) -> None:
        """Look anew at those who may have lost something, and send away who may not listen any more."""
        await self.suspected.wait()
        self.suspected.clear()
        users, self.suspects = self.suspects, set()
        try:
            listeners = self._known(users)
            for start in range(0, len(listeners), LOOK_AT):
                for verdict in await self._ask(access.look, listeners[start : start + LOOK_AT]):
                    self._judge(verdict)
        except BaseException:
            self.suspects |= users
            self.suspected.set()
            raise

    async def _hear(self) -> None:
        """Take hints, for as long as Redis answers; and after a pause in that, look for what was missed."""
        patience = Retry(NoBackoff(), 0)
        redis = in_loop_of(settings.HINTS_URL, socket_connect_timeout=REDIS_SECONDS, retry=patience)
        try:
            hints = redis.pubsub()
            await in_time(hints.subscribe(settings.HINTS_CHANNEL), REDIS_SECONDS)
            self.look_at_everything()
            while True:
                await self._take(hints)
        finally:
            await in_time(redis.aclose(), REDIS_SECONDS)

    async def _take(self, hints: PubSub) -> None:
        """One hint; or without one for a while, a sign of life."""
        heard = await self._next(hints)
        if heard is None:
            await in_time(hints.ping(), REDIS_SECONDS)
            heard = await self._next(hints)
            if heard is None:
                raise TimeoutError("Redis says nothing")
        if heard["type"] == "message":
            self.hint(json.loads(heard["data"]))

    async def _next(self, hints: PubSub) -> dict[str, Any] | None:
        return await in_time(hints.get_message(timeout=SILENT_SECONDS), SILENT_SECONDS + REDIS_SECONDS)

    async def _remind(self) -> None:
        """Hints may be lost."""
        await asyncio.sleep(settings.LIVE_RECHECK)
        self.look_at_everything()

    async def _watch(self) -> None:
        await asyncio.sleep(WATCH_SECONDS)
        if not self.listeners:
            self.stop()
            return
        blind = [self.failing[name] for name in ("_read", "_look") if name in self.failing]
        if blind and time.monotonic() - min(blind) > BLIND_SECONDS:
            log.error("the hub of sockets could not look for too long: its clients are told to come back")
            self._send_away()

    # --- what they do ---------------------------------------------------------------------------------------------

    def hint(self, hint: dict[str, Any]) -> None:
        """Something happened; perhaps nothing for this process's sockets."""
        if "access" in hint:
            self._suspect(hint["access"])
        elif self.concerns(hint["customer"], UUID(hint["order"])):
            self.hinted.note(hint)
            self.news.set()

    def look_at_everything(self) -> None:
        self.news.set()
        self._suspect(None)

    def _suspect(self, user_id: int | None) -> None:
        self.suspicions += 1
        self.suspects.add(user_id)
        self.suspected.set()

    def concerns(self, customer_id: int, order_id: UUID) -> bool:
        """Whether one of the sockets hears what happens to that order of that customer."""
        return any(topic in self.by_topic for topic in (ALL, customer(customer_id), order(order_id)))

    def _who_hears(self, news: News) -> list[Hearing]:
        return [listener for topic in news.topics for listener in self.by_topic.get(topic, ())]

    def _known(self, users: set[int | None]) -> list[Hearing]:
        """The sockets of these users that were let in."""
        if None in users:
            return [listener for listener in self.listeners if listener.placed]
        return [one for user_id in users if user_id for one in self.by_topic.get(user(user_id), ())]

    def _judge(self, verdict: access.Verdict) -> None:
        listener = verdict.listener
        if listener not in self.listeners:
            return
        if verdict.why is not None:
            listener.end(verdict.why)
        else:
            listener.version = verdict.version
            self.place(listener)

    def _news(self, after: int) -> tuple[list[News], int, bool]:
        """In the hub's thread: what is new for this process's sockets, up to which position, and whether there is more."""
        read = feed.since(after, concerns=self.concerns)
        return [News(entry) for entry in read.entries], read.until, read.are_more

    async def _ask(self, call: Callable[..., Result], *given: object) -> Result:
        return await self.thread.run(call, *given, seconds=READING_SECONDS)

    # --- its end --------------------------------------------------------------------------------------------------

    def _send_away(self) -> None:
        for listener in self.listeners:
            listener.end(COME_BACK)

    def _fell(self, task: asyncio.Task[None]) -> None:
        """A loop has ended, which none does by itself."""
        if not self.is_over:
            error = None if task.cancelled() else task.exception()
            log.critical("the hub of sockets fell, its clients are told to come back", exc_info=error)
            self._send_away()
            self.stop()

    def stop(self) -> None:
        """End. The next socket makes a new hub."""
        self.is_over = True
        for task in self.tasks:
            let_go(task)
        self.thread.close()


_hub: Hub | None = None


def hub() -> Hub:
    """The hub of this process, which begins with its first socket."""
    global _hub  # noqa: PLW0603 one per process is the point
    if _hub is None or _hub.is_over or _hub.loop is not asyncio.get_running_loop():
        _hub = Hub()
    return _hub


def open_sockets() -> Counter[str]:
    """How many sockets this process has, by what they hear; from any thread."""
    listeners = list(_hub.listeners) if _hub else []
    return Counter(dict.fromkeys(KINDS, 0) | Counter(one.kind for one in listeners))
