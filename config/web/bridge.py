"""The WSGI application behind ASGI: a request goes to a thread whole, and comes back from it whole.

So a thread is taken for as long as an answer is made, however slowly its reader or writer is, and the event loop and the
thread wait for each other once. Where they meet for each part of a request and of its answer, as they did in a2wsgi, one
of them waits each time until the other lets go of the interpreter.
"""

import asyncio
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from threading import get_ident
from time import perf_counter
from typing import IO, Any, NamedTuple

from config.measures import numbers
from orders.live.sockets import Receive, Scope, Send

Environ = dict[str, Any]
WsgiApp = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
# Where a scope has the request's body, read to its end and rewound.
BODY = "orderly.body"
# When it came, for who measures how long it waits for a thread.
CAME = "orderly.came"
# The two that CGI, and so WSGI, calls otherwise.
BARE = {"content-length": "CONTENT_LENGTH", "content-type": "CONTENT_TYPE"}


class Answer(NamedTuple):
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Bridge:
    """An ASGI application. Its request's body is a file (bodies.py sees to it), and it answers in two messages."""

    def __init__(self, app: WsgiApp, *, threads: int, is_measured: bool = False) -> None:
        self.app = app
        self.threads = ThreadPoolExecutor(threads, thread_name_prefix="WSGI")
        self.answer: Callable[[Environ], Answer] = self._answer
        # Requests that wait for a thread or have one, which the event loop alone counts; and the threads that have one.
        self.inside, self.busy = 0, set[int]()
        if is_measured:
            self.answer = self._measured
            numbers.threads.set(threads)
            numbers.threads_busy.set_function(lambda: len(self.busy))
            numbers.requests_waiting.set_function(lambda: max(0, self.inside - len(self.busy)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        environ = environ_of(scope, scope[BODY])
        environ[CAME] = perf_counter()
        # In a context of its own, nothing of one request leaks into the next of the same thread.
        run = copy_context().run
        self.inside += 1
        try:
            answer = await asyncio.get_running_loop().run_in_executor(self.threads, run, self.answer, environ)
        finally:
            self.inside -= 1
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": answer.body})

    def _measured(self, environ: Environ) -> Answer:
        numbers.wait_seconds.observe(perf_counter() - environ[CAME])
        self.busy.add(get_ident())
        try:
            return self._answer(environ)
        finally:
            self.busy.discard(get_ident())

    def _answer(self, environ: Environ) -> Answer:
        began: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> Callable[..., Any]:
            began[:] = int(status[:3]), headers
            return parts.append

        parts: list[bytes] = []
        given = self.app(environ, start)
        try:
            parts += given
        finally:
            if hasattr(given, "close"):
                given.close()
        status, headers = began
        return Answer(status, [_encoded(*header) for header in headers], b"".join(parts))


def environ_of(scope: Scope, body: IO[bytes]) -> Environ:
    """What WSGI calls a request (PEP 3333)."""
    server, port = scope.get("server") or ("localhost", 80)
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server,
        "SERVER_PORT": str(port or 0),
        "REMOTE_ADDR": (scope.get("client") or ("",))[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        _add_header(environ, name.decode("latin-1"), value.decode("latin-1"))
    return environ


def _add_header(environ: Environ, name: str, value: str) -> None:
    """A name with an underscore is left out: it would pass for the one with a hyphen, such as X-Forwarded-For."""
    if "_" in name:
        return
    key = BARE.get(name) or f"HTTP_{name.upper().replace('-', '_')}"
    environ[key] = f"{environ[key]},{value}" if key in environ else value


def _encoded(name: str, value: str) -> tuple[bytes, bytes]:
    return name.lower().encode("latin-1"), value.encode("latin-1")
