"""One web server process: pages, API and WebSockets on a socket that is already listening."""

import argparse
import asyncio
import os
import socket
import sys
from contextlib import suppress
from pathlib import Path
from types import FrameType

import uvicorn

from config.runtime import memory

# Seconds that requests in flight have at a stop.
STOP_SECONDS = 3
# Bytes of one frame of a client; the shop reads nothing from sockets.
MAX_FRAME = 4096
APPLICATION = "config.asgi:application"
# How often the date is written that answers have, in seconds.
DATE_EVERY = 1.0


class Server(uvicorn.Server):
    """uvicorn's, which at a stop drops nobody: who has connected is answered, and who comes later is refused at once.

    And which sleeps while nobody asks: uvicorn's looks ten times a second whether it is to stop, and a signal says so.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.stop_asked = asyncio.Event()
        self.loop: asyncio.AbstractEventLoop | None = None

    async def main_loop(self) -> None:
        self.loop = asyncio.get_running_loop()
        # Of ten ticks of uvicorn's the first, by its count, is that of the date.
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stop_asked.wait(), DATE_EVERY)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        if self.loop is not None:
            self.loop.call_soon_threadsafe(self.stop_asked.set)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Refused, a proxy asks the next server; of a change that was sent it asks none again."""
        fd = self.config.fd
        if fd is not None:
            waiting = _connected(fd)
            for server in self.servers:
                server.close()
            # uvicorn listens on a copy: as long as the first one is open, clients connect, and nobody would answer.
            os.close(fd)
            for connection in waiting:
                await asyncio.get_running_loop().connect_accepted_socket(self._protocol, connection)
        await super().shutdown(sockets)

    def _protocol(self) -> asyncio.Protocol:
        protocol: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]  # as uvicorn does
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return protocol


def _connected(fd: int) -> list[socket.socket]:
    """Those that wait to be accepted."""
    found: list[socket.socket] = []
    with socket.socket(fileno=os.dup(fd)) as listener:
        listener.settimeout(0)
        while True:
            try:
                connection, _address = listener.accept()
            except OSError:
                return found
            connection.settimeout(0)
            found.append(connection)


def main() -> None:
    parser = argparse.ArgumentParser(prog="config.runtime.web", description=__doc__)
    parser.add_argument("--fd", type=int, required=True, help="the listening socket")
    parser.add_argument(
        "--reload", nargs="*", metavar="FOLDER", help="start again when something in it changes"
    )
    arguments = parser.parse_args()
    folders = [str(Path(folder).resolve()) for folder in arguments.reload or ()]
    options = {
        "fd": arguments.fd,
        "http": "config.web.protocols:Http",
        "ws": "config.web.protocols:Sockets",
        "ws_max_size": MAX_FRAME,
        # Compressing needs some 50 KiB for each socket, and events are short.
        "ws_per_message_deflate": False,
        "lifespan": "off",
        "access_log": False,
        "server_header": False,
        # BEHIND_PROXY decides whether X-Forwarded-For is believed; uvicorn would believe any process of this machine.
        "proxy_headers": False,
        "log_level": "warning",
        "timeout_graceful_shutdown": STOP_SECONDS,
    }
    if folders:
        uvicorn.run(
            APPLICATION, **options, reload=True, reload_dirs=folders, reload_includes=["*.py", "*.html"]
        )
        return
    # Until the application is there (config/asgi.py).
    memory.begin()
    server = Server(uvicorn.Config(APPLICATION, **options))
    server.run()
    if not server.started:
        sys.exit(1)


if __name__ == "__main__":
    main()
