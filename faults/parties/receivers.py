"""Receivers of webhooks, which note what comes, and may for some time say nothing, refuse, or answer half."""

import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from faults.checking.history import Event

# The rest of loopback stays forbidden to the shop.
HOST = "127.0.0.3"


class How(StrEnum):
    """What a receiver does with a request: take it, or one of the others."""

    TAKES = "takes"
    SILENT = "silent"
    REFUSE = "refuse"
    HALF = "half"


class Receivers:
    """One server with a path for each receiver. `taken` has, by receiver, what came and was answered with 204."""

    def __init__(self, host: str = HOST) -> None:
        self.host = host
        self.taken: defaultdict[int, list[Event]] = defaultdict(list)
        self.requests = 0
        self.how = How.TAKES
        self._well = threading.Event()
        self._well.set()
        self._lock = threading.Lock()
        self._server = _Server((host, 0), _Request)
        self._server.receivers = self

    def url(self, receiver: int) -> str:
        return f"http://{self.host}:{self._server.server_address[1]}/{receiver}"

    @contextmanager
    def being(self, how: How) -> Iterator[None]:
        """Inside all receivers are so. Who waits for an answer afterwards gets none."""
        self.how = how
        self._well.clear()
        try:
            yield
        finally:
            self.how = How.TAKES
            self._well.set()

    def come(self, receiver: int, body: bytes) -> How:
        """Note a request if it is taken; what is done with it."""
        how = self.how
        event = json.loads(body)
        with self._lock:
            self.requests += 1
            if how == How.TAKES:
                told = (event["cursor"], event["data"]["order"], event["type"])
                self.taken[receiver].append(told)
        if how == How.SILENT:
            self._well.wait(60)
        return how

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._well.set()
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    receivers: Receivers


class _Request(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        with suppress(OSError):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            how = self.server.receivers.come(int(self.path.strip("/")), body)
            if how == How.TAKES:
                self.send_response(204)
                self.end_headers()
            elif how == How.REFUSE:
                self.send_error(500)
            elif how == How.HALF:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            self.close_connection = True

    def log_message(self, *_words: object) -> None:
        """What came is noted, and no log is kept."""
