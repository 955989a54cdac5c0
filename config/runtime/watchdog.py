"""Signs of life that mean progress: a process sends them to its supervisor, by the protocol that systemd has for it.

What still lives may do nothing any more. So a worker tells, while its rounds go on and it takes tasks, that it is well; a
supervisor (ours, or systemd with WatchdogSec=) ends one that has not said so for a while, and starts another.
"""

import os
import secrets
import socket
import sys
import tempfile
import time
from pathlib import Path

VARIABLE = "NOTIFY_SOCKET"
WELL = b"WATCHDOG=1"
# After so many seconds without a sign a process counts as stuck, and so often it gives one.
SILENT_SECONDS = 60.0
TELL_EVERY = 5.0
# Until the first sign it is starting, which takes its time on a busy machine.
STARTING_SECONDS = 300.0


def tell() -> None:
    """Say that this process is well, if there is somebody to tell."""
    address = os.environ.get(VARIABLE, "")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.settimeout(0)
        try:
            sender.sendto(WELL, f"\0{address[1:]}" if address.startswith("@") else address)
        except OSError:
            # A supervisor that does not listen hears the next one, or has ended.
            pass


class Watchdog:
    """Hears one process. Time counts from when it was started."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.settimeout(0)
        # Linux has addresses that are no files, and go with the socket.
        name = f"orderly-{secrets.token_hex(8)}"
        is_file = sys.platform != "linux"
        path = str(Path(tempfile.mkdtemp()) / name) if is_file else f"\0{name}"
        self.socket.bind(path)
        self.address = path.replace("\0", "@")
        self.begin()

    def begin(self) -> None:
        """The process is started."""
        self.heard_at, self.was_heard = time.monotonic(), False

    def is_silent(self) -> bool:
        """Whether it has said nothing for too long."""
        while self._hears():
            self.heard_at, self.was_heard = time.monotonic(), True
        patience = SILENT_SECONDS if self.was_heard else STARTING_SECONDS
        return time.monotonic() - self.heard_at > patience

    def _hears(self) -> bool:
        try:
            return bool(self.socket.recv(100))
        except BlockingIOError:
            return False
