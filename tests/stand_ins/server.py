"""What the stand-ins of payment providers share: a real socket, the calls that arrived, and switches for what goes wrong."""

import json
import secrets
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

Thing = dict[str, Any]
WRONG = ("silent", "lost", "dropped", "done", "500", "429", "409")


@dataclass
class Call:
    """A call that arrived; `form` is what the stand-in read out of its body or query."""

    method: str
    path: str
    query: str
    body: bytes
    headers: dict[str, str]
    key: str = ""
    form: Thing = field(default_factory=dict)


class Answer(NamedTuple):
    status: int
    body: Thing
    headers: dict[str, str] = {}


@dataclass
class Kept:
    """What an idempotency key was used for, and answered with."""

    call: tuple[str, str]
    status: int
    body: Thing


def new_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(12)}"


def copied(thing: Thing) -> Thing:
    """What was answered or kept does not change with the thing."""
    kept: Thing = json.loads(json.dumps(thing))
    return kept


class StandIn:
    """A provider's server. A subclass says what it answers: `turn_away`, `answer` and `trouble`."""

    key_header = ""
    # The body and the headers of an event's delivery.
    signed: Callable[..., tuple[bytes, dict[str, str]]]
    # Seconds after which a silent call is dropped; None: when the stand-in ends.
    silence: float | None = None

    def __init__(self, port: int = 0) -> None:
        self.calls: list[Call] = []
        self.wrong: list[str] = []
        self.kept: dict[str, Kept] = {}
        self.lock = threading.RLock()
        self.closing = threading.Event()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.stand_in = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    def turn_away(self, call: Call) -> Answer | None:
        """The answer to a call without the right keys, or beside what can go wrong."""
        raise NotImplementedError

    def answer(self, call: Call) -> Answer:
        raise NotImplementedError

    def trouble(self, status: int) -> Thing:
        """The body of an answer that goes wrong."""
        raise NotImplementedError

    # --- switches --------------------------------------------------------------------------------------------------

    def go_wrong(self, *how: str) -> None:
        """What happens to the next calls, one after the other.

        `silent`: never answered, nothing done. `dropped`: the connection breaks, nothing done. `lost`: it breaks after
        the call was carried out. `done`: carried out, and answered with 500. `500`, `429`, `409`: answered so, nothing
        done. An empty word: nothing goes wrong.
        """
        assert {*how} <= {*WRONG, ""}
        self.wrong += how

    def next_wrong(self) -> str:
        """What goes wrong with the call that has just arrived."""
        return self.wrong.pop(0) if self.wrong else ""

    def forget_keys(self) -> None:
        """What providers do after some hours or days."""
        with self.lock:
            self.kept.clear()

    def deliver(self, event: Thing, url: str, **how: Any) -> int:
        """Send an event, `signed` by the subclass; returns the status that it was answered with."""
        body, headers = self.signed(event, **how)
        try:
            with urlopen(Request(url, data=body, headers=headers, method="POST"), timeout=10) as response:
                return int(response.status)
        except HTTPError as error:
            return error.code


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    stand_in: StandIn

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that are gone."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def _handle(self) -> None:
        stand_in = self.server.stand_in
        call = self._read()
        if away := stand_in.turn_away(call):
            return self._send(away)
        wrong = stand_in.next_wrong()
        if wrong == "silent":
            stand_in.closing.wait(stand_in.silence)
        if wrong in ("silent", "dropped"):
            return self._drop()
        if wrong.isdigit():
            return self._send(Answer(int(wrong), stand_in.trouble(int(wrong))))
        with stand_in.lock:
            stand_in.calls.append(call)
            answer = stand_in.answer(call)
        if wrong == "done":
            answer = Answer(500, stand_in.trouble(500))
        return self._drop() if wrong == "lost" else self._send(answer)

    def _read(self) -> Call:
        where = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        key = self.headers.get(self.server.stand_in.key_header, "")
        return Call(self.command, where.path, where.query, body, dict(self.headers), key)

    def _drop(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(2)

    def _send(self, answer: Answer) -> None:
        data = json.dumps(answer.body).encode()
        self.send_response(answer.status)
        for name, value in (answer.headers | {"Content-Type": "application/json"}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Request-Id", new_id("req"))
        self.end_headers()
        self.wfile.write(data)
