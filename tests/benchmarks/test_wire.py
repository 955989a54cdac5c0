"""The load generator's connections: what a server may do with them that is idle, or busy."""

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from benchmarks.load.wire import Closed, Connection

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Server:
    """Takes one connection after the other, and does with each what the next act says."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        self.asked: list[bytes] = []
        self.closed = threading.Event()

    def does(self, *acts: Callable[[socket.socket], None]) -> None:
        threading.Thread(target=self._serve, args=(acts,), daemon=True).start()

    def _serve(self, acts: tuple[Callable[[socket.socket], None], ...]) -> None:
        for act in acts:
            taken, _from = self.socket.accept()
            act(taken)
            taken.close()
            self.closed.set()

    def answers(self, taken: socket.socket) -> None:
        self.asked.append(taken.recv(65536))
        taken.sendall(ANSWER)

    def hangs_up(self, taken: socket.socket) -> None:
        self.asked.append(taken.recv(65536))


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.socket.close()


def test_a_connection_that_was_closed_while_it_was_idle_is_made_anew(server):
    server.does(server.answers, server.answers)
    connection = Connection(server.port, {}, timeout=5)
    connection.ask("POST", "/orders/", b"{}")
    assert server.closed.wait(5)

    assert connection.ask("POST", "/orders/", b"{}").body == b"ok"
    assert len(server.asked) == 2


def test_what_was_read_on_the_way_is_asked_again(server):
    server.does(server.hangs_up, server.answers)

    assert Connection(server.port, {}, timeout=5).ask("GET", "/").body == b"ok"
    assert len(server.asked) == 2


def test_what_may_have_been_done_is_not_sent_again(server):
    server.does(server.hangs_up, server.answers)

    with pytest.raises(Closed):
        Connection(server.port, {}, timeout=5).ask("POST", "/orders/", b"{}")
    assert len(server.asked) == 1
