"""`bin/orderly`: each process by itself, as an operator starts it."""

import errno
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from django.db import connections

from config.runtime import prepare
from config.runtime.environment import PROJECT
from config.runtime.rotation.env_file import new_secret
from orders.models import Order
from tests.factories import Buyer, make_product
from tests.journeys.client import Client, place, status_of
from tests.waiting import SECONDS, collecting, wait_until

pytestmark = [pytest.mark.live, pytest.mark.flow]
ORDERLY = str(PROJECT / "bin" / "orderly")


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return str(taken.getsockname()[1])


class Host:
    """What one machine runs: its own folder, the servers of all."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = os.environ | environment | {"DATA_DIR": str(folder), "PORT": self.port}
        self.log = folder.with_suffix(".log")
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, command: str) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as log:
            process = subprocess.Popen([ORDERLY, command], env=self.environment, stdout=log, stderr=log)
        self.running.append(process)
        return process

    def migrate(self) -> None:
        """Make its database and the files of its pages, as one of the shops that share them."""
        with collecting():
            assert self.start("migrate").wait(SECONDS) == 0, self.log.read_text()

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz/ready").status_code == 200
        except httpx.TransportError:
            return False


@contextmanager
def one_host(environment: dict[str, str], folder: Path) -> Iterator[Host]:
    """A host whose web server is ready, on tables that it has migrated; afterwards nothing of it runs."""
    host = Host(environment, folder)
    try:
        host.migrate()
        host.start("web")
        wait_until(host.is_ready, "the shop is ready")
        yield host
    finally:
        for process in host.running:
            process.kill()
            process.wait()


@pytest.fixture
def hosts(environment, tmp_path):
    three = [Host(environment, tmp_path / str(number)) for number in range(3)]
    yield three
    for process in (process for host in three for process in host.running):
        process.kill()
        process.wait()


def test_three_hosts_prepare_an_empty_database_at_once_and_each_process_serves_and_ends_by_itself(hosts):
    with collecting():
        preparing = [host.start("migrate") for host in hosts]
        ended = [process.wait(SECONDS) for process in preparing]
    assert ended == [0, 0, 0], "".join(host.log.read_text() for host in hosts)

    first, second, _third = hosts
    web, other, worker = first.start("web"), second.start("web"), second.start("worker")
    wait_until(lambda: first.is_ready() and second.is_ready(), "both hosts are ready")
    connections.close_all()
    buyer, product = Buyer(), make_product(stock=3)
    order_id = place(Client(first, buyer.user), buyer, product)
    wait_until(lambda: status_of(order_id) == "pay_required", "confirmed")
    assert httpx.get(f"{second.url}/healthz/live").text == "ok\n"
    assert Order.objects.count() == 1

    for process in (web, other, worker):
        process.send_signal(signal.SIGTERM)
    # A web server finishes what it has in hand, and then ends by the signal that it got.
    assert [process.wait(SECONDS) for process in (web, other, worker)] == [
        -signal.SIGTERM,
        -signal.SIGTERM,
        0,
    ]


def test_a_web_server_that_is_stopped_answers_who_has_connected_and_refuses_who_comes_later(
    shop_environment, tmp_path
):
    host = Host(shop_environment, tmp_path / "stopped")
    try:
        host.migrate()
        web = host.start("web")
        wait_until(host.is_ready, "the shop is ready")
        kept, fresh = Line(host.port), Line(host.port)
        assert b" 200 " in kept.ask()
        web.send_signal(signal.SIGTERM)
        wait_until(lambda: is_refused(host.port), "new connections are refused")
        assert web.poll() is None
        for line in (kept, fresh):
            answer = line.ask().lower()
            assert b" 200 " in answer and b"connection: close" in answer
        assert web.wait(SECONDS) == -signal.SIGTERM
    finally:
        for process in host.running:
            process.kill()
            process.wait()


class Line:
    """A connection to a web server."""

    def __init__(self, port: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", int(port)), timeout=SECONDS)

    def ask(self) -> bytes:
        """The whole answer, which may come in several pieces."""
        self.socket.sendall(b"GET /healthz/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        answer = b""
        while not answer.endswith(b"ok\n") and (piece := self.socket.recv(65536)):
            answer += piece
        return answer


def is_refused(port: str) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", int(port))) == errno.ECONNREFUSED


def test_a_word_that_is_no_command_lists_those_that_are():
    for words in ([], ["serve"]):
        said = subprocess.run([ORDERLY, *words], capture_output=True, text=True, check=False)
        assert said.returncode == 2
        assert "bin/orderly worker" in said.stderr


def test_a_busy_port_is_a_sentence(shop_environment, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        environment = shop_environment | {"DATA_DIR": str(tmp_path), "PORT": str(taken.getsockname()[1])}
        said = subprocess.run(
            [ORDERLY, "web"], env=os.environ | environment, capture_output=True, text=True, check=False
        )
    assert said.returncode == 1
    assert said.stderr.startswith("orderly: Cannot listen on 127.0.0.1")


def test_code_that_cannot_be_written_says_what_to_do(monkeypatch, tmp_path):
    """What is compiled lies beside the catalogue."""
    folder = tmp_path / "locale" / "vi" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text('msgid ""\nmsgstr ""\n')
    (folder / f"django.{os.getpid()}.new").mkdir()
    monkeypatch.setattr(prepare, "PROJECT", tmp_path)
    with pytest.raises(SystemExit, match="run `bin/orderly build` once"):
        prepare.main()


def test_a_shop_as_it_is_deployed_passes_djangos_checks_without_a_word(migrated, tmp_path):
    """With the settings of deploy/orderly.env.example that matter to them."""
    deployed = {
        "PUBLIC_URL": "https://shop.example",
        "BEHIND_PROXY": "1",
        "DEMO": "0",
        "STAFF_MFA_REQUIRED": "1",
    }
    keys = {"SECRET_KEY": new_secret(), "STRIPE_SECRET_KEY": "sk", "STRIPE_WEBHOOK_SECRET": "whsec"}
    host = Host(migrated | deployed | keys, tmp_path / "checked")
    # Tests in a browser set it for their process, which may have this one too.
    host.environment.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)
    assert host.start("check").wait(SECONDS) == 0, host.log.read_text()
    assert "System check identified no issues" in host.log.read_text()
