"""Lines to a server that are slow and break, or fall silent: a proxy takes the place of its socket, or stands before it."""

import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

PIECE = 65536


class Slowness(NamedTuple):
    """Seconds that each piece is late at most, and how often a connection is cut in the middle of one."""

    late: float
    cut: float


# An order asks PostgreSQL dozens of times, and Valkey a few.
TO_VALKEY, TO_POSTGRES = Slowness(0.4, 0.05), Slowness(0.03, 0.002)


class Line:
    """Listens at `path` and carries everything to the socket `behind`, until it is closed; then all connections end."""

    def __init__(self, path: Path, behind: Callable[[], Path]) -> None:
        self.behind = behind
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
                self._ends.append(client)
                try:
                    self._connect(client)
                except OSError:
                    _end(client)  # nobody is there yet

    def _connect(self, client: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX)
        self._ends.append(server)
        server.connect(str(self.behind()))
        for pair in ((client, server), (server, client)):
            threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while (piece := source.recv(PIECE)) and self._pass(piece, target):
                self.carried += len(piece)
        _end(source)
        _end(target)

    def _pass(self, piece: bytes, target: socket.socket) -> bool:
        """Whether the connection goes on."""
        target.sendall(piece)
        return True


class SlowLine(Line):
    """Everything is late, and some connections are cut in the middle of a piece."""

    def __init__(
        self, path: Path, behind: Callable[[], Path], chance: random.Random, how: Slowness = TO_VALKEY
    ) -> None:
        self.chance, self.how = chance, how
        super().__init__(path, behind)

    def _pass(self, piece: bytes, target: socket.socket) -> bool:
        """Half of a piece, and then nothing, is what a line that breaks leaves behind."""
        time.sleep(self.chance.uniform(0.0, self.how.late))
        is_cut = self.chance.random() < self.how.cut
        target.sendall(piece[: len(piece) // 2] if is_cut else piece)
        return not is_cut


class SilentLine(Line):
    """While `talks` is cleared it takes connections and what is sent, and passes nothing on."""

    def __init__(self, path: Path, behind: Callable[[], Path]) -> None:
        self.talks = threading.Event()
        self.talks.set()
        super().__init__(path, behind)

    def _pass(self, piece: bytes, target: socket.socket) -> bool:
        self.talks.wait(600)
        return super()._pass(piece, target)


def _end(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@contextmanager
def slow_line(path: Path, chance: random.Random, how: Slowness = TO_VALKEY) -> Iterator[SlowLine]:
    """In place of the server that listens at `path`. Connections from before stay fast, so they are to be cut."""
    behind = path.with_name(f"{path.name}.behind")
    path.rename(behind)
    line = SlowLine(path, lambda: behind, chance, how)
    try:
        yield line
    finally:
        line.close()
        behind.rename(path)
