"""Addresses of the WebSockets, and how many of them one place may open."""

import logging
from collections import Counter
from typing import Any

from channels.routing import URLRouter
from channels.sessions import CookieMiddleware
from django.conf import settings
from django.urls import path, re_path

from orders.live import consumers
from orders.live.sockets import App, Receive, Scope, Send
from staff.middleware import address_in, house_of

log = logging.getLogger(__name__)
# Seconds after which one that was refused may try again.
RETRY_AFTER = b"30"


class LimitPerAddress:
    """Refuses with 429, before anything else is done, an address with SOCKETS_PER_ADDRESS sockets open in this process."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.open: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        house = house_of(address_in(peer(scope), forwarded_for(scope)))
        if 0 < settings.SOCKETS_PER_ADDRESS <= self.open[house]:
            log.warning("too many sockets of one address: %s", house)
            await refuse(send, 429, (b"retry-after", RETRY_AFTER))
            return
        self.open[house] += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.open[house] -= 1
            if not self.open[house]:
                del self.open[house]


def peer(scope: Scope) -> str:
    """The address that the connection comes from; nothing over a unix socket."""
    return scope["client"][0] if scope.get("client") else ""


def forwarded_for(scope: Scope) -> str:
    """All such headers together count: a proxy may add a line of its own to what the client made up."""
    return ",".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for")


async def refuse(send: Send, status: int, *headers: tuple[bytes, bytes]) -> None:
    """Answer a handshake with an HTTP status."""
    await send({"type": "websocket.http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "websocket.http.response.body", "body": b""})


async def not_found(_scope: Scope, _receive: Receive, send: Send) -> None:
    """What stands at every other address."""
    await refuse(send, 404)


# Channels has applications where Django, and its types, have views.
_orders: Any = consumers.OrdersConsumer.as_asgi()
_order: Any = consumers.OrderStatusConsumer.as_asgi()
_nothing: Any = not_found
websocket_urlpatterns: list[Any] = [
    path("ws/orders/", _orders),
    path("ws/orders/<uuid:order_id>/", _order),
    re_path("", _nothing),
]
_routes: Any = CookieMiddleware(URLRouter(websocket_urlpatterns))


async def routes(scope: Scope, receive: Receive, send: Send) -> None:
    """An address stands for what it says: Channels would pass over slashes before it."""
    await (not_found if scope["path"].startswith("//") else _routes)(scope, receive, send)


websockets = LimitPerAddress(routes)
