"""Many WebSockets of one client at once: who was let in, who was sent away, and what each has heard."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.waiting import SECONDS

# A server that was killed, is starting, or turned the client away.
NOT_OPENED = (OSError, InvalidHandshake, TimeoutError, EOFError)
# So long a client waits for a handshake, and for the first message: the shop has 15 s for that (orders/live/sockets.py).
OPENING_SECONDS, READY_SECONDS = 20.0, 20.0


@dataclass
class Heard:
    """One socket that was opened."""

    path: str
    socket: ClientConnection
    first: dict | None = None
    messages: list[dict] = field(default_factory=list)
    # The code that it was closed with by the server.
    code: int | None = None
    # Open, and said nothing within its time.
    is_deaf: bool = False

    @property
    def is_open(self) -> bool:
        return self.code is None and not self.is_deaf

    async def listen(self) -> None:
        """Take what comes, until it is closed."""
        try:
            self.first = json.loads(await asyncio.wait_for(self.socket.recv(), READY_SECONDS))
            async for text in self.socket:
                self.messages.append(json.loads(text))
        except TimeoutError:
            self.is_deaf = True
        except ConnectionClosed:
            pass
        if not self.is_deaf:
            self.code = self.socket.close_code


def run_here(main: Coroutine[None, None, None]) -> None:
    """asyncio.run on this very thread, also where a browser of earlier tests has left it a loop that stands still."""
    standing = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        asyncio.run(main)
    finally:
        asyncio._set_running_loop(standing)


async def until(holds: Callable[[], object], what: str) -> None:
    """Look again and again, while others go on, until it holds."""
    for _ in range(int(SECONDS / 0.05)):
        if holds():
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{what}: not within {SECONDS} s")


class Sockets:
    """All that a test opens, on one loop."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token
        self.opened: list[Heard] = []
        self.tries = self.refused = 0
        self.listening: list[asyncio.Task[None]] = []

    async def open_one(self, path: str) -> None:
        self.tries += 1
        try:
            socket = await connect(
                f"{self.url}{path}",
                additional_headers={"X-Session-Token": self.token},
                open_timeout=OPENING_SECONDS,
            )
        except NOT_OPENED:
            self.refused += 1
            return
        heard = Heard(path, socket)
        self.opened.append(heard)
        self.listening.append(asyncio.create_task(heard.listen()))

    async def open_and_leave(self, path: str) -> None:
        """As a client that goes away while it is greeted."""
        self.tries += 1
        try:
            async with connect(
                f"{self.url}{path}",
                additional_headers={"X-Session-Token": self.token},
                open_timeout=OPENING_SECONDS,
                close_timeout=1,
            ):
                pass
        except NOT_OPENED:
            self.refused += 1

    async def storm(self, paths: list[str], over: asyncio.Event, *, at_once: int) -> None:
        """Open sockets, so many at a time, until it is over."""

        async def one_after_another(path: str) -> None:
            while not over.is_set():
                await self.open_one(path)
                await asyncio.sleep(0.05)

        await asyncio.gather(*(one_after_another(paths[nth % len(paths)]) for nth in range(at_once)))

    async def settle(self) -> None:
        """Until each has heard something, was closed, or is deaf."""
        await until(lambda: not any(one.first is None and one.is_open for one in self.opened), "settled")

    async def close(self) -> None:
        for one in self.opened:
            await one.socket.close()
        await asyncio.gather(*self.listening)
