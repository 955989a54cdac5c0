"""One address for everything: WebSockets on the event loop, pages and API on WSGI threads behind it.

Django's own ASGI handler costs a synchronous view about twice its CPU; the WSGI threads persist, so their database
connections do too. A request takes a thread only once its body is here, and gives it back when its answer is made,
however slow the reader: neither half-sent bodies nor slow readers can use the threads up.
"""

import os
from pathlib import Path

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
get_asgi_application()

from channels.routing import ProtocolTypeRouter  # noqa: E402 apps must be loaded first
from django.conf import settings  # noqa: E402 apps must be loaded first

from config.measures import server as measures  # noqa: E402 apps must be loaded first
from config.runtime import memory  # noqa: E402 apps must be loaded first
from config.web.bodies import App, WholeBody, begin  # noqa: E402 apps must be loaded first
from config.web.bridge import Bridge  # noqa: E402 apps must be loaded first
from config.web.health import Health  # noqa: E402 apps must be loaded first
from config.web.proxies import Trusted  # noqa: E402 apps must be loaded first
from config.wsgi import application as wsgi_application  # noqa: E402 apps must be loaded first
from orders.live.routing import websockets  # noqa: E402 apps must be loaded first
from orders.live.sockets import Receive, Scope, Send  # noqa: E402 apps must be loaded first

THREADS = int(os.environ.get("WEB_THREADS", "6"))


class Named:
    """Names each WebSocket, as middleware names each request: its lines in the log have it."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begin(scope)
        await self.app(scope, receive, send)


if settings.TRACES:
    from config import tracing

    tracing.begin()
Path(settings.FILE_UPLOAD_TEMP_DIR).mkdir(parents=True, exist_ok=True)
pages = Bridge(wsgi_application, threads=THREADS, is_measured=settings.MEASURES)
application: App = ProtocolTypeRouter({"http": Health(WholeBody(pages)), "websocket": Named(websockets)})
if settings.TRUSTED_PROXIES:
    application = Trusted(application, networks=settings.TRUSTED_PROXIES, header=settings.TRUSTED_HEADER)
measures.begin()
memory.spare()
