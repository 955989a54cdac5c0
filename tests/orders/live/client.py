"""A client of a listener in this process: it speaks ASGI, as the web server does, and can do to it what servers do."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Self

from orders.live.bounded import Threads, in_time
from orders.live.sockets import Listener

SECONDS = 10.0
# Of the tests' own questions to the database.
threads = Threads("test", 1)


async def in_thread(call: Callable[..., Any], *given: object) -> Any:
    """The call, in a thread and on a connection of its own, as a request has it."""
    return await threads.run(call, *given, seconds=SECONDS)


class Client:
    """One WebSocket. What it was sent waits in `heard`; `sending` may be replaced by a way that fails or takes long."""

    def __init__(self, kind: type[Listener], token: str, *, after: str = "", key: str = "", **named: object):
        headers = [(b"authorization", f"Bearer {key}".encode())] if key else []
        headers += [(b"x-session-token", token.encode())] if token else []
        self.scope = {
            "type": "websocket",
            "headers": headers,
            "cookies": {},
            "query_string": f"after={after}".encode() if after else b"",
            "url_route": {"kwargs": named},
        }
        self.heard: asyncio.Queue[dict] = asyncio.Queue()
        self.said: asyncio.Queue[dict] = asyncio.Queue()
        self.sending: Callable[[dict], Awaitable[None]] = self.heard.put
        self.kind = kind
        self.app: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self.app = asyncio.create_task(self.kind.as_asgi()(self.scope, self.said.get, self.send))
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self.app
        self.leave()
        await in_time(asyncio.wait({self.app}), SECONDS)
        assert self.app.done(), "the application returns, whatever happened"

    async def send(self, message: dict) -> None:
        await self.sending(message)

    def leave(self) -> None:
        self.said.put_nowait({"type": "websocket.disconnect", "code": 1001})

    async def next(self) -> dict:
        """The next message."""
        frame = await self.frame()
        assert frame["type"] == "websocket.send", frame
        return json.loads(frame["text"])

    async def until(self, status: str) -> None:
        """Hear messages up to that of a status."""
        while (await self.next()).get("status") != status:
            pass

    async def closed(self) -> int:
        """The code of the closing, passing over what comes before."""
        while (frame := await self.frame())["type"] != "websocket.close":
            pass
        return frame["code"]

    async def frame(self) -> dict:
        frame = await in_time(self.heard.get(), SECONDS)
        return await self.frame() if frame["type"] == "websocket.accept" else frame
