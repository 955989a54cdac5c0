"""The port on which a process tells what it does. It needs no database, and no thread of those that have requests."""

import logging
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.conf import settings
from django.utils.crypto import constant_time_compare
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from config.measures.numbers import registry

log = logging.getLogger(__name__)
# Seconds that who asks may take, and between two tries of a port: the process before may still have it.
PATIENCE, PAUSE = 10.0, 1.0


class Telling(BaseHTTPRequestHandler):
    """Answers /metrics for those who have METRICS_TOKEN, and nobody else."""

    timeout = PATIENCE
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        is_told = self.path.partition("?")[0] == "/metrics" and may_read(
            self.headers.get("Authorization", "")
        )
        body = generate_latest(registry) if is_told else b"no such page\n"
        self.send_response(200 if is_told else 404)
        self.send_header("Content-Type", CONTENT_TYPE_LATEST if is_told else "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *said: object) -> None:
        """Nothing: it is asked every few seconds."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, host: str, port: int) -> None:
        self.address_family, _kind, _protocol, _name, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        super().__init__((str(address[0]), int(address[1])), Telling)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who asked went away."""
        log.debug("%s went away", client_address)


def may_read(given: str) -> bool:
    """Whether what is given as Authorization is a METRICS_TOKEN."""
    return any(
        constant_time_compare(given.encode(), f"Bearer {token}".encode()) for token in settings.METRICS_TOKEN
    )


def begin() -> None:
    """Tell from now on, where METRICS_PORT and METRICS_TOKEN ask for it; a port that is taken is no reason to stop."""
    if settings.MEASURES:
        threading.Thread(target=_serve, name="tells what it does", daemon=True).start()


def _serve() -> None:
    last = ""
    while True:
        try:
            server = Server(settings.METRICS_HOST, settings.METRICS_PORT)
        except OSError as error:
            if str(error) != last:
                log.warning("metrics are not told on METRICS_PORT=%d: %s", settings.METRICS_PORT, error)
            last = str(error)
            time.sleep(PAUSE)
        else:
            server.serve_forever()
