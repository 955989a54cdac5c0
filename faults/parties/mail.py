"""A mail server that takes every letter, or takes connections and says nothing."""

import socketserver
import threading
from contextlib import suppress
from typing import Self


class MailServer:
    """`talks` is cleared for silence; what waits then goes on when it is set again."""

    def __init__(self) -> None:
        self.talks = threading.Event()
        self.talks.set()
        self.taken = 0
        self._server = _Server(("127.0.0.1", 0), _Talk)
        self._server.mail = self

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self._server.server_address[1]}"

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
            self._say("220 mail")
            while line := self.rfile.readline():
                word = line[:4].upper()
                if word == b"DATA":
                    self._say("354 go on")
                    while self.rfile.readline() not in (b".\r\n", b""):
                        pass
                    self.server.mail.taken += 1
                self._say("221 bye" if word == b"QUIT" else "250 fine")
                if word == b"QUIT":
                    return

    def _say(self, words: str) -> None:
        self.server.mail.talks.wait(600)
        self.wfile.write(f"{words}\r\n".encode())
