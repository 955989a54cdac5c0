"""Health addresses for a proxy, systemd or an orchestrator: answered before anything else looks at the request.

/healthz/live says that this process answers; who hears nothing starts it again. /healthz/ready says that it can serve: the
database answers, can be written, and has every migration that this code needs; on 503 requests go elsewhere. Without its
cache it is "degraded": it makes no previews, and does all else. They look at no host name, and tell strangers one word.
"""

import asyncio
import logging
import time

from django.core.cache import caches
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from redis.exceptions import RedisError

from orders.live.bounded import Threads
from orders.live.sockets import App, Receive, Scope, Send

log = logging.getLogger(__name__)
LIVE, READY = "/healthz/live", "/healthz/ready"
OK, DEGRADED, NOT_READY = "ok", "degraded", "not ready"
# Seconds that a look may take, and for which it holds: many may ask, one looks.
PATIENCE, HOLDS = 2.0, 1.0


class NotReady(Exception):
    """Why this process can't serve; for the log."""


class Health:
    """Answers the health addresses, and passes everything else on."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.readiness = Readiness()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path")
        if scope["type"] != "http" or path not in (LIVE, READY):
            return await self.app(scope, receive, send)
        return await answer(send, OK if path == LIVE else await self.readiness.word())


async def answer(send: Send, word: str) -> None:
    body = f"{word}\n".encode()
    headers = [
        (b"content-type", b"text/plain"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    status = 503 if word == NOT_READY else 200
    if status == 503:
        headers.append((b"retry-after", b"%d" % HOLDS))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Readiness:
    """Whether this process can serve, looked at once a second at most, in a thread of its own; who asks meanwhile waits."""

    def __init__(self) -> None:
        self.threads = Threads("health", 1)
        self.looked_at, self.known = float("-inf"), NOT_READY
        self.look: asyncio.Task[None] | None = None
        self.is_migrated = False

    async def word(self) -> str:
        """OK, DEGRADED or NOT_READY; no later than PATIENCE."""
        if self.look is None and time.monotonic() - self.looked_at > HOLDS:
            self.look = asyncio.create_task(self._look_again())
        if self.look is not None:
            # Nobody who stops waiting ends it for the others.
            await asyncio.shield(self.look)
        return self.known

    async def _look_again(self) -> None:
        try:
            self._note(await self._look())
        finally:
            self.looked_at, self.look = time.monotonic(), None

    async def _look(self) -> str:
        try:
            return await self.threads.run(self._ask, seconds=PATIENCE)
        except (NotReady, DatabaseError, TimeoutError) as error:
            log.debug("not ready: %s", error)
            return NOT_READY

    def _note(self, word: str) -> None:
        if word != self.known:
            log.log(
                logging.INFO if word == OK else logging.WARNING,
                "this process is %s, it was %s",
                word,
                self.known,
            )
        self.known = word

    def _ask(self) -> str:
        with connection.cursor() as cursor:
            cursor.execute("SHOW transaction_read_only")
            if cursor.fetchone() != ("off",):
                raise NotReady("the database can't be written")
        self._require_migrations()
        try:
            caches["previews"].get("healthz")
        except RedisError:
            return DEGRADED
        return OK

    def _require_migrations(self) -> None:
        """All that this code knows of; what is applied once stays so."""
        if self.is_migrated:
            return
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            raise NotReady("migrations are missing")
        self.is_migrated = True
