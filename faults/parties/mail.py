"""A mail server that takes every letter, or takes connections and says nothing."""

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Self

# By which somebody signs in: a line of its own.
CODE = re.compile(rb"\d{4}-\d{4}\r?\n")


class MailServer:
    """`talks` is cleared for silence; what waits then goes on when it is set again."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.host, self.talks = host, threading.Event()
        self.talks.set()
        self.taken = 0
        # Message-IDs of all that was taken.
        self.ids: set[str] = set()
        # The newest code that was sent to each address.
        self.codes: dict[str, str] = {}
        self._server = _Server((host, 0), _Talk)
        self._server.mail = self

    @property
    def url(self) -> str:
        return f"smtp://{self.host}:{self._server.server_address[1]}"

    @contextmanager
    def silent(self) -> Iterator[None]:
        self.talks.clear()
        try:
            yield
        finally:
            self.talks.set()

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.talks.set()
        self._server.shutdown()
        self._server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    mail: MailServer


class _Talk(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        with suppress(OSError):
            to = ""
            self._say("220 mail")
            while line := self.rfile.readline():
                word = line[:4].upper()
                if word == b"RCPT":
                    to = line.partition(b"<")[2].partition(b">")[0].decode()
                if word == b"DATA":
                    self._say("354 go on")
                    name = self._letter(to)
                    self.server.mail.taken += 1
                    self.server.mail.ids.add(name)
                self._say("221 bye" if word == b"QUIT" else "250 fine")
                if word == b"QUIT":
                    return

    def _letter(self, to: str) -> str:
        """Its Message-ID."""
        name = ""
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            if not name and line.lower().startswith(b"message-id:"):
                name = (line.partition(b":")[2].strip() or self.rfile.readline().strip()).decode()
            if CODE.fullmatch(line):
                self.server.mail.codes[to] = line.decode().strip()
        return name

    def _say(self, words: str) -> None:
        self.server.mail.talks.wait(600)
        self.wfile.write(f"{words}\r\n".encode())
