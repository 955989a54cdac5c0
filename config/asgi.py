"""One address for everything: WebSockets on the event loop, pages and API on WSGI threads behind it.

Django's own ASGI handler costs a synchronous view about twice its CPU; the WSGI threads persist, so their database
connections do too. A request takes a thread only once its body is here, and gives it back when its answer is made,
however slow the reader: neither half-sent bodies nor slow readers can use the threads up.
"""

import asyncio
import os

from a2wsgi import WSGIMiddleware
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402 apps must be loaded first
from channels.sessions import SessionMiddlewareStack  # noqa: E402 apps must be loaded first
from django.conf import settings  # noqa: E402 apps must be loaded first

from config.wsgi import application as wsgi_application  # noqa: E402 apps must be loaded first
from orders.routing import websocket_urlpatterns  # noqa: E402 apps must be loaded first

BODY_SECONDS = 30
THREADS = int(os.environ.get("WEB_THREADS", "6"))


class WholeBody:
    """Reads a request's body on the event loop, within MAX_BODY bytes and 30 seconds, and then passes it on."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await self.read(receive)
        except TimeoutError:
            return await self.refuse(send, 408, b"The request did not arrive in time.")
        if body is None:
            return None
        if len(body) > settings.MAX_BODY:
            return await self.refuse(send, 413, b"The request is too large.")
        messages = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def replay():
            return next(messages, {"type": "http.disconnect"})

        return await self.app(scope, replay, send)

    async def read(self, receive) -> bytes | None:
        """The whole body, or a part that is already too large; None when the client went away."""
        body = bytearray()
        while len(body) <= settings.MAX_BODY:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        return bytes(body)

    async def refuse(self, send, status: int, text: bytes) -> None:
        headers = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"connection", b"close"),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": text})


# A queue without a bound (0): an answer never waits in its thread for the reader.
pages = WSGIMiddleware(wsgi_application, workers=THREADS, send_queue_size=0)  # type: ignore[arg-type]  # stubs disagree
application = ProtocolTypeRouter(
    {
        "http": WholeBody(pages),
        "websocket": SessionMiddlewareStack(URLRouter(websocket_urlpatterns)),
    }
)
