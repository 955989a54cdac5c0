"""How much the web server takes in before the shop's own code hears of it: of a request's head, and of a WebSocket.

uvicorn bounds neither: a head without an end, requests sent in one go without waiting for answers, and pings whose answers
nobody reads would each fill the memory.
"""

import asyncio
from asyncio import TimerHandle
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

# Bytes of a head (or of trailers), and the seconds that it may take.
MAX_HEAD, HEAD_SECONDS = 64 * 1024, 20.0
# Seconds that a connection without a request is still open at a stop: one may be on its way.
LAST_SECONDS = 1.0
CLOSE = (b"connection", b"close")
# Requests of one connection that wait for the answers to those before them.
MAX_PIPELINED = 8


class Http(HttpToolsProtocol):
    """uvicorn's, with limits."""

    # Bytes since something whole was read.
    unread = 0
    head_timer: TimerHandle | None = None
    is_last = False
    # Whose answer is being made: of requests that were sent without waiting, uvicorn's own `cycle` is the newest.
    answered: RequestResponseCycle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as its base has it
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._something_whole()
        super().connection_lost(exc)
        if self.answered is not None and not self.answered.response_complete:
            # Else its answer would be written to where nobody is, which is an error with a traceback in the log.
            self.answered.disconnected = True
            self.answered.message_event.set()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self.answered = cycle
        super()._start_asgi_task(cycle, app)

    def data_received(self, data: bytes) -> None:
        self.unread += len(data)
        super().data_received(data)
        if self.unread > MAX_HEAD and not self.transport.is_closing():
            self.send_400_response("The head of this request is too large.")

    def on_message_begin(self) -> None:
        if len(self.pipeline) >= MAX_PIPELINED:
            raise ValueError("too many requests at once")  # the parser stops, and the connection with it
        super().on_message_begin()
        self._expect_head()

    def on_headers_complete(self) -> None:
        self._something_whole()
        if self.is_last and all(name != CLOSE[0] for name, _value in self.headers):
            # As if the client had said so; then the answer does.
            self.headers.append(CLOSE)
        super().on_headers_complete()
        if self.is_last and self.cycle is not None:
            self.cycle.keep_alive = False

    def shutdown(self) -> None:
        """A connection without a request is closed by uvicorn: one that was sent and not yet read would be lost."""
        self.is_last = True
        if self._is_idle():
            self.loop.call_later(LAST_SECONDS, self._close_if_idle)
        else:
            super().shutdown()

    def _close_if_idle(self) -> None:
        if self._is_idle():
            self.transport.close()

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def on_body(self, body: bytes) -> None:
        self.unread = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self.unread = 0
        super().on_message_complete()

    def _expect_head(self) -> None:
        if self.head_timer is None:
            self.head_timer = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _something_whole(self) -> None:
        self.unread = 0
        if self.head_timer is not None:
            self.head_timer.cancel()
            self.head_timer = None


class Sockets(WebSocketsSansIOProtocol):
    """uvicorn's, for an application that reads nothing: what a client says is dropped here, frame by frame."""

    def handle_text(self, event: Any) -> None:
        """Nothing."""

    handle_bytes = handle_cont = handle_text

    def data_received(self, data: bytes) -> None:
        """A handshake that can't be read is answered: uvicorn would say nothing, and keep the connection for good."""
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            self.handshake_initiated = self.handshake_complete = self.close_sent = True
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()

    async def send(self, message: Any) -> None:
        """Who was answered in place of a handshake is done with: uvicorn would write an error into the log about it."""
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and not message.get("more_body", False):
            self.handshake_complete = True

    def handle_ping(self) -> None:
        """Answered, unless the client does not read the answers."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.transport.abort()
