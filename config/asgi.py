"""One address for everything: WebSockets on the event loop, pages and API on WSGI threads behind it.

Django's own ASGI handler costs a synchronous view about twice its CPU; the WSGI threads persist, so their database
connections do too. A request takes a thread only once its body is here, and gives it back when its answer is made,
however slow the reader: neither half-sent bodies nor slow readers can use the threads up.
"""

import asyncio
import json
import logging
import os
from collections.abc import Awaitable, Callable

from a2wsgi import WSGIMiddleware
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
get_asgi_application()

from channels.routing import ProtocolTypeRouter  # noqa: E402 apps must be loaded first
from django.conf import settings  # noqa: E402 apps must be loaded first
from django.utils import translation  # noqa: E402 apps must be loaded first

from config import request_id  # noqa: E402 apps must be loaded first
from config.api.problems import body_for, kind_of  # noqa: E402 apps must be loaded first
from config.wsgi import application as wsgi_application  # noqa: E402 apps must be loaded first
from orders.live.authentication import header, language_of  # noqa: E402 apps must be loaded first
from orders.live.routing import websockets  # noqa: E402 apps must be loaded first
from orders.live.sockets import Message, Receive, Scope, Send  # noqa: E402 apps must be loaded first

log = logging.getLogger(__name__)
BODY_SECONDS = 30
# Of any ASGI application: packages have types of their own for what is passed.
App = Callable[..., Awaitable[None]]
THREADS = int(os.environ.get("WEB_THREADS", "6"))


class WholeBody:
    """Reads a request's body on the event loop, within its limit of bytes and 30 seconds, and then passes it on."""

    def __init__(self, app: App):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        limit = self.limit(scope)
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await self.read(receive, limit)
        except TimeoutError:
            return await self.refuse(scope, send, "request_timeout")
        if body is None:
            return None
        if len(body) > limit:
            return await self.refuse(scope, send, "request_too_large")
        messages = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def replay() -> Message:
            return next(messages, {"type": "http.disconnect"})

        return await self.app(self.with_length(scope, len(body)), replay, send)

    def limit(self, scope: Scope) -> int:
        return settings.DATA_UPLOAD_MAX_MEMORY_SIZE if is_api(scope) else settings.MAX_BODY

    async def read(self, receive: Receive, limit: int) -> bytes | None:
        """The whole body, or a part that is already too large; None when the client went away."""
        body = bytearray()
        while len(body) <= limit:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        return bytes(body)

    def with_length(self, scope: Scope, length: int) -> Scope:
        """A body that came in chunks has no length, and WSGI reads as much as it is told: now it can be told."""
        if not length or any(name == b"content-length" for name, _value in scope["headers"]):
            return scope
        headers = [(name, value) for name, value in scope["headers"] if name != b"transfer-encoding"]
        return {**scope, "headers": [*headers, (b"content-length", str(length).encode())]}

    async def refuse(self, scope: Scope, send: Send, code: str) -> None:
        """A problem document below /api/, words elsewhere. No thread is taken for it."""
        kind, name = kind_of(code), request_id.begin(header(scope, b"x-request-id"))
        log.warning("refused for its body: %s %s", kind.status, scope["path"])
        with translation.override(language_of(scope)):
            detail = str(kind.advice)
            body, media_type = (
                body_for(scope["path"], code, detail)
                if is_api(scope)
                else (detail, "text/plain; charset=utf-8")
            )
        headers = [
            (b"content-type", media_type.encode()),
            (b"x-request-id", name.encode()),
            (b"connection", b"close"),
        ]
        content = body if isinstance(body, str) else json.dumps(body)
        await send({"type": "http.response.start", "status": kind.status, "headers": headers})
        await send({"type": "http.response.body", "body": content.encode()})


def is_api(scope: Scope) -> bool:
    return str(scope["path"]).startswith("/api/")


class Named:
    """Names each WebSocket, as middleware names each request: its lines in the log have it."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id.begin(header(scope, b"x-request-id"))
        await self.app(scope, receive, send)


# A queue without a bound (0): an answer never waits in its thread for the reader.
pages = WSGIMiddleware(wsgi_application, workers=THREADS, send_queue_size=0)  # type: ignore[arg-type]  # stubs disagree
application = ProtocolTypeRouter({"http": WholeBody(pages), "websocket": Named(websockets)})
