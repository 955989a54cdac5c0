"""A receiver of webhooks on a real socket, that checks signatures as receivers do, and fails as it is told."""

import threading
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import Self

from standardwebhooks import Webhook

# Receivers listen here, where the tests' shops may send to; the rest of loopback stays forbidden.
HOST = "127.0.0.2"
ALLOWED = f"{HOST}/32"
NETWORKS = [ip_network(ALLOWED)]


@dataclass
class Received:
    """One request as it came."""

    body: str
    headers: dict[str, str]

    def verified(self, secret: str) -> dict:
        """What it says, if the secret signed it. Raises WebhookVerificationError."""
        return Webhook(secret).verify(self.body, self.headers)


@dataclass
class WebhookReceiver:
    """Use it as a context manager. `answer` gets each request, and answers through the handler it is given.

    Without one it answers 204. `received` is everything that came whole, whatever was answered.
    """

    answer: Callable[[BaseHTTPRequestHandler, int], None] | None = None
    host: str = HOST
    context: object = None
    received: list[Received] = field(default_factory=list)

    def __enter__(self) -> Self:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                receiver.received.append(Received(body, dict(self.headers.items())))
                (receiver.answer or ok)(self, len(receiver.received))

            def log_message(self, *_args) -> None:
                """Tests say what they look at."""

        self.server = ThreadingHTTPServer((self.host, 0), Handler)
        self.server.daemon_threads = True
        if self.context:
            self.server.socket = self.context.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    @property
    def port(self) -> int:
        return self.server.server_address[1]

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}/hook?from=shop"

    def events(self, secret: str) -> list[dict]:
        """What came, in the order in which it did; each signature is checked."""
        return [one.verified(secret) for one in self.received]


def status(code: int, text: str = "", **headers: str):
    """Answers always with this."""

    def answer(handler: BaseHTTPRequestHandler, _nth: int) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(text.encode())))
        handler.end_headers()
        handler.wfile.write(text.encode())

    return answer


ok = status(204)


def first(times: int, answer, then=ok):
    """Answers in one way so many times, and then in another."""
    return lambda handler, nth: (answer if nth <= times else then)(handler, nth)


def drop(handler: BaseHTTPRequestHandler, _nth: int) -> None:
    """Ends the connection without a word."""
    handler.close_connection = True


def bad_until(done: threading.Event) -> list:
    """Three ways to keep a sender until then: silence, a status that drips, a body that drips after a 200."""

    def silent(handler: BaseHTTPRequestHandler, _nth: int) -> None:
        handler.close_connection = True
        done.wait()

    def drip(handler: BaseHTTPRequestHandler, pieces: bytes) -> None:
        handler.close_connection = True
        for byte in pieces + b"x" * 100_000:
            try:
                handler.wfile.write(bytes([byte]))
            except OSError:
                return
            if done.wait(0.05):
                return

    def status_drips(handler: BaseHTTPRequestHandler, _nth: int) -> None:
        drip(handler, b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 10_000)

    def body_drips(handler: BaseHTTPRequestHandler, _nth: int) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        drip(handler, b"")

    return [silent, status_drips, body_drips]


@contextmanager
def hanging():
    """Gives an answer that comes only when the test is done with it: bytes drip, and the end never comes."""
    done = threading.Event()

    def answer(handler: BaseHTTPRequestHandler, _nth: int) -> None:
        handler.close_connection = True
        for byte in b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 10_000:
            try:
                handler.wfile.write(bytes([byte]))
            except OSError:
                return
            if done.wait(0.05):
                return

    try:
        yield answer
    finally:
        done.set()
