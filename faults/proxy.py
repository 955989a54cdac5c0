"""A line to Valkey that is slow and breaks: a proxy takes the place of its socket, for as long as the fault lasts."""

import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# Seconds that each piece is late, and how often a connection is cut in the middle of one.
LATE, CUT = (0.0, 0.4), 0.05
PIECE = 65536


class SlowLine:
    """Listens at `path` and carries everything to `behind`, late, until it is closed; then all connections end."""

    def __init__(self, path: Path, behind: Path, chance: random.Random) -> None:
        self.behind, self.chance = behind, chance
        self.carried = 0
        self._ends: list[socket.socket] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(128)
        path.chmod(0o700)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        for end in [self._listener, *self._ends]:
            _end(end)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                self._ends += [client, server]
                server.connect(str(self.behind))
                for pair in ((client, server), (server, client)):
                    threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        """Half of a piece, and then nothing, is what a line that breaks leaves behind."""
        with suppress(OSError):
            while piece := source.recv(PIECE):
                time.sleep(self.chance.uniform(*LATE))
                if self.chance.random() < CUT:
                    target.sendall(piece[: len(piece) // 2])
                    break
                target.sendall(piece)
                self.carried += len(piece)
        _end(source)
        _end(target)


def _end(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@contextmanager
def slow_line(path: Path, chance: random.Random) -> Iterator[SlowLine]:
    """In place of the server that listens at `path`. Connections from before stay fast, so they are to be cut."""
    behind = path.with_name(f"{path.name}.behind")
    path.rename(behind)
    line = SlowLine(path, behind, chance)
    try:
        yield line
    finally:
        line.close()
        behind.rename(path)
