"""One WebSocket from its first request to its end, under a supervisor: any error ends it, in time.

Two tasks do its work: one waits for the client to leave, the other greets the client and then tells what the hub hands to
it. The supervisor waits for a verdict, from wherever that comes, and ends the socket itself, whether or not the tasks obey.
1011 tells the client to come back: it goes on from where it was and has missed nothing.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from accounts.access.second_factor import is_missing
from accounts.models import ApiKey, User
from orders.live.authentication import language_of, signed_in
from orders.live.bounded import Result, Threads, in_time, let_go
from orders.live.codes import COME_BACK, NO_SECOND_FACTOR, NOT_FOUND, NOT_SIGNED_IN
from orders.live.hearing import Standing
from orders.live.hub import Hub, hub
from orders.live.news import News, Told
from orders.rights import OrderRights
from staff.rights import may

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

log = logging.getLogger(__name__)
# Seconds until the first message, for an answer of the database, for a message to leave, and for the goodbye.
GREETING_SECONDS, ASKING_SECONDS, SENDING_SECONDS, CLOSING_SECONDS = 15.0, 10.0, 20.0, 3.0
# What a server raises when the client is gone, or too slow.
GONE = (OSError, RuntimeError)
# So many messages wait for a client that is slower than the shop; one that is slower still reads for itself.
OUTBOX = 200

# What sockets ask for themselves: who they are, and what they missed.
asking = Threads("live asks", 2)


class Left(Exception):
    """The client is gone."""


class Listener:
    """Base of what listens. A kind of socket says what it hears, and from where on."""

    kind: str
    scope: Scope
    language: str
    standing: Standing
    # What the standing was judged by (orders/live/access.py), and where the hub put the socket for it.
    version: tuple[object, ...] = ()
    placed: tuple[str, ...] = ()
    # The place in the feed of the last message that was sent.
    last = 0

    def __init__(self) -> None:
        self.outbox: list[Told] = []
        self.is_behind = True
        self.sleeper: asyncio.Future[None] | None = None

    @classmethod
    def as_asgi(cls) -> Any:
        """An ASGI application that serves each client with a listener of its own."""

        async def door(scope: Scope, receive: Receive, send: Send) -> None:
            await cls().listen(scope, receive, send)

        return door

    # --- its life -------------------------------------------------------------------------------------------------

    async def listen(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one client until it leaves or is sent away."""
        self.scope, self.language = scope, language_of(scope)
        self._send = send
        # Accept first: a close before that reaches the client as a bare 403, without the code.
        await self._bounded({"type": "websocket.accept"})
        code = await self._supervise(receive)
        if code is not None:
            await self._bounded({"type": "websocket.close", "code": code})

    async def _bounded(self, message: Message) -> None:
        try:
            await in_time(self._send(message), CLOSING_SECONDS)
        except GONE as error:
            # It left, or it does not read: returning takes its connection away.
            log.debug("not sent: %s", error)

    async def _supervise(self, receive: Receive) -> int | None:
        """Wait for a verdict: the code to close with, or None when the client left by itself."""
        loop = asyncio.get_running_loop()
        self.verdict: asyncio.Future[int | None] = loop.create_future()
        self._greeting = loop.call_later(GREETING_SECONDS, self._too_slow, "its greeting")
        here = hub()
        here.enter(self)
        tasks = [loop.create_task(self._until_left(receive)), loop.create_task(self._work(here))]
        for task in tasks:
            task.add_done_callback(self._ended)
        try:
            return await self.verdict
        finally:
            here.leave(self)
            self._greeting.cancel()
            for task in tasks:
                let_go(task)

    def end(self, code: int | None) -> None:
        """End the socket, with a code unless its client has left. The first verdict stands."""
        if not self.verdict.done():
            self.verdict.set_result(code)

    @property
    def is_over(self) -> bool:
        return self.verdict.done()

    def _too_slow(self, what: str) -> None:
        log.warning("a socket is ended: %s took too long", what)
        self.end(COME_BACK)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """One of the two tasks has ended; so has the socket, then."""
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        if error is None or isinstance(error, Left):
            self.end(None)
        elif not self.is_over:
            log.error("a socket failed, its client is told to come back", exc_info=error)
            self.end(COME_BACK)

    # --- its two tasks --------------------------------------------------------------------------------------------

    async def _until_left(self, receive: Receive) -> None:
        """Clients have nothing to say here; what they send is not even read."""
        while (await receive())["type"] != "websocket.disconnect":
            pass

    async def _work(self, here: Hub) -> None:
        why = await self._greet(here)
        if why is not None:
            self.end(why)
            return
        while True:
            if self.is_behind:
                # From here on the hub hands over what comes; what is in both is told once.
                self.is_behind, self.outbox = False, []
                await self.catch_up()
            waiting, self.outbox = self.outbox, []
            for told in waiting:
                await self.tell(told)
            if not self.outbox and not self.is_behind:
                self.sleeper = asyncio.get_running_loop().create_future()
                await self.sleeper

    async def _greet(self, here: Hub) -> int | None:
        """Why the client can't stay; None when they may, and were told that it begins."""
        await here.ready.wait()
        seen = here.suspicions
        why = await self.refusal() or here.place(self)
        if why is None and here.suspicions != seen:
            # A right was taken away before the hub knew this socket.
            why = await self.refusal()
        return why or await self.begin()

    # --- what it tells --------------------------------------------------------------------------------------------

    def put(self, told: Told) -> None:
        """Hand a message over; it leaves when the client has taken those before it."""
        if self.is_behind or self.is_told(told):
            return
        if len(self.outbox) < OUTBOX:
            self.outbox.append(told)
        else:
            self.is_behind, self.outbox = True, []
        if self.sleeper and not self.sleeper.done():
            self.sleeper.set_result(None)

    async def tell(self, told: Told) -> None:
        """Send a message, unless it was sent before."""
        if not self.is_told(told):
            await self.say(told.text)
        self.last = max(self.last, told.position)

    def is_told(self, told: Told) -> bool:
        """Whether it was sent before."""
        return told.position <= self.last

    async def say(self, text: str) -> None:
        """Send words. A client that does not take them in time is told to come back. Raises Left."""
        if self.is_over:
            raise Left
        loop = asyncio.get_running_loop()
        stuck = loop.call_later(SENDING_SECONDS, self._too_slow, "its client")
        try:
            await self._send({"type": "websocket.send", "text": text})
        except GONE as error:
            raise Left from error
        finally:
            stuck.cancel()
        self._greeting.cancel()

    async def ask(self, call: Callable[..., Result], *given: object) -> Result:
        """Ask the database, in a thread."""
        return await asking.run(call, *given, seconds=ASKING_SECONDS)

    # --- who listens ----------------------------------------------------------------------------------------------

    async def refusal(self) -> int | None:
        """Why this socket is to be closed now, as the code of the closing; None when it may go on."""
        return await self.ask(self.judge)

    def judge(self) -> int | None:
        """The same, in a thread: look anew who listens and what they may hear."""
        why = self._judge_user()
        visitor = self.visitor() if why else None
        if visitor is not None:
            self.standing = visitor
            return None
        return why

    def _judge_user(self) -> int | None:
        found = signed_in(self.scope)
        if found is None:
            return NOT_SIGNED_IN
        if is_missing(*found):
            return NO_SECOND_FACTOR
        user, by = found
        if not self.may_hear(user):
            return NOT_FOUND
        session_key, api_key_id = ("", by.pk) if isinstance(by, ApiKey) else (by.session_key or "", 0)
        self.standing = Standing(user.pk, session_key, api_key_id, may(user, OrderRights.VIEW))
        return None

    # --- what each kind says --------------------------------------------------------------------------------------

    def may_hear(self, user: User) -> bool:
        """Whether the user may hear this."""
        raise NotImplementedError

    def visitor(self) -> Standing | None:
        """As whom who is not signed in may hear this all the same, if they may."""
        return None

    def topics(self) -> set[str]:
        """What it hears of, in the hub's words."""
        raise NotImplementedError

    def hear(self, told: News) -> None:
        """Take one piece of news from the hub."""
        raise NotImplementedError

    async def begin(self) -> int | None:
        """Get ready to tell; the code of the closing when that can't be."""
        return None

    async def catch_up(self) -> None:
        """Read and send what came after the last message, if there is anything."""
        raise NotImplementedError
