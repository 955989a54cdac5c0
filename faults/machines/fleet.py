"""All hosts of a run, brought up in order, and what is done to them.

It stands where `faults/injection/system.py` does for a shop on one machine: faults/run.py drives both.
"""

import os
import secrets
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kombu import Connection as Broker
from kombu import Queue

from benchmarks.load.wire import Connection
from benchmarks.shop import SETTINGS, BenchFailed
from config.runtime.environment import PROJECT
from config.runtime.processes import prepare_command, worker_command
from faults.injection.plan import Fault
from faults.injection.system import endings
from faults.machines import front
from faults.machines.caches import Caches
from faults.machines.database import Pair
from faults.machines.hosts import Host
from faults.machines.network import Network

START_SECONDS = 300.0
# A failover is begun by whatever watches the database, and that takes its time to be sure.
NOTICED_AFTER = 1.0
NAMES = {
    "database": ("db1", "db2"),
    "redis": ("redis1", "redis2"),
    "pool": ("pool1", "pool2"),
    "broker": ("broker",),
    "web": ("web1", "web2", "web3"),
    "worker": ("worker1", "worker2"),
    "proxy": ("proxy1", "proxy2"),
}
ORDERLY = str(PROJECT / "bin" / "orderly")


@dataclass
class Suffered:
    """One fault that was done, to which host, from when to when (seconds since 1970)."""

    kind: str
    host: str
    began: float
    ended: float = 0.0


class Fleet:
    def __init__(
        self, network: Network, folder: Path, broker: int | None, more: Mapping[str, str] | None = None
    ) -> None:
        """`broker` is RabbitMQ's port on this machine's loopback; without one Redis carries the tasks."""
        self.network, self.folder, self.more = network, folder, more or {}
        self.suffered: list[Suffered] = []
        self._told: Counter[str] = Counter()
        (folder / "logs").mkdir()
        self.groups = {kind: [self._host(name) for name in names] for kind, names in NAMES.items()}
        self.pair = Pair(*self.groups["database"])
        self.caches = Caches([*self.groups["redis"], self.groups["pool"][0]])
        self.pools: list[front.Pool] = []
        self.broker = broker
        self.queue = f"orderly-machines-{os.getpid()}"
        self.doors = [(host.address, front.DOOR) for host in self.groups["proxy"]]

    def _host(self, name: str) -> Host:
        return Host(self.network, name, self.folder)

    @property
    def hosts(self) -> list[Host]:
        return [host for group in self.groups.values() for host in group]

    # --- up and down ---
    def start(self) -> None:
        """Returns when both proxies lead to the shop; this process has joined it then."""
        self.pair.start()
        self.caches.start()
        self.pools = [front.Pool(host, self.pair) for host in self.groups["pool"]]
        if self.broker:
            front.relay(self.groups["broker"][0], self.broker)
        for name in [name for name in os.environ if name.endswith("_URL")]:
            del os.environ[name]
        os.environ.update(self._environment(self.pair.url))
        self._prepare()
        self.pair.follow(self.pair.standby)
        self._serve()

    def _environment(self, database: str) -> dict[str, str]:
        own = {
            "DATABASE_URL": database,
            "REDIS_URL": self.caches.url,
            "CELERY_QUEUE": self.queue,
            "DATA_DIR": str(self.folder),
            "SECRET_KEY": self._secret,
            "PUBLIC_URL": f"http://{self.doors[0][0]}",
            "ALLOWED_HOSTS": "*",
            "BEHIND_PROXY": "1",
            "PROVIDER_RETRY_AFTER": "5",
            "PYTHONUNBUFFERED": "1",
        }
        if self.broker:
            address = f"{self.groups['broker'][0].address}:{front.BROKER_PORT}"
            own["CELERY_BROKER_URL"] = f"amqp://guest:guest@{address}//"
        return SETTINGS | own | dict(self.more)

    _secret = secrets.token_urlsafe(50)

    def _prepare(self) -> None:
        with (self.folder / "logs" / "prepare.log").open("wb") as log:
            done = subprocess.run(prepare_command(), cwd=PROJECT, stdout=log, stderr=log, check=False)
        if done.returncode:
            raise BenchFailed((self.folder / "logs" / "prepare.log").read_text()[-2000:])

    def _serve(self) -> None:
        """Web servers reach the database through the pools, workers by the address of both its hosts."""
        base = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        pooled = {"DATABASE_URL": front.pooled(self.groups["pool"]), "DATABASE_DIRECT_URL": self.pair.url}
        at = {"HOST": "0.0.0.0", "PORT": str(front.WEB_PORT)}  # noqa: S104 the host's network is this run's own
        webs = self.groups["web"]
        for host in webs:
            host.serve("web", [ORDERLY, "web"], base | pooled | at)
        for host in self.groups["worker"]:
            host.serve("worker", worker_command(), base)
        nginx, haproxy = self.groups["proxy"]
        front.nginx(nginx, webs)
        front.haproxy(haproxy, webs)
        self.until(lambda: all(map(answers, self.doors)), "both proxies lead to the shop")

    def stop(self) -> None:
        for host in self.hosts:
            for child in host.services.values():
                if child.process and child.alive:
                    child.process.kill()
        if self.broker:
            drop_queue(f"amqp://guest:guest@127.0.0.1:{self.broker}//", self.queue)

    # --- while it runs ---
    def until(self, ready: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            if time.monotonic() > deadline:
                raise BenchFailed(f"{what}: not after {START_SECONDS:g} s")
            self.tick()
            time.sleep(0.3)

    def tick(self) -> None:
        for host in self.hosts:
            host.tick()

    def wait(self, until: float) -> None:
        """Until that monotonic time."""
        while time.monotonic() < until:
            self.tick()
            time.sleep(0.1)

    def cpu_seconds(self) -> float:
        """What all hosts have cost till now."""
        return sum(host.cpu_seconds() for host in self.hosts)

    def tracebacks(self) -> list[str]:
        """Those that all logs have got since this was asked before."""
        found = Counter(
            f"{log.stem}: {last}"
            for log in sorted((self.folder / "logs").glob("*.log"))
            for last in endings(log.read_text(errors="replace"))
        )
        new, self._told = found - self._told, found
        return list(new.elements())

    # --- faults ---
    def suffer(self, fault: Fault) -> None:
        """Do it, and put it right again after its seconds."""
        host = self._hit(fault)
        one = Suffered(fault.kind, host.name, time.time())
        self.suffered.append(one)
        (host.kill if fault.how == "kill" else host.cut)()
        if fault.target == "database":
            self._fail_over()
        self.wait(time.monotonic() + fault.seconds)
        if fault.target == "database":
            self._take_back(host)
        elif fault.how == "kill":
            host.start()
        else:
            host.mend()
        one.ended = time.time()

    def _hit(self, fault: Fault) -> Host:
        if fault.target == "database":
            return self.pair.primary
        if fault.target == "redis":
            return self.caches.master
        group = self.groups[fault.target]
        return group[int(fault.which * len(group))]

    def _fail_over(self) -> None:
        self.wait(time.monotonic() + NOTICED_AFTER)
        self.pair.promote()
        for pool in self.pools:
            pool.lead()

    def _take_back(self, host: Host) -> None:
        """What was the primary may not serve as one again: its processes end before anybody reaches it."""
        host.kill()
        host.mend()
        host.is_up = True
        self.pair.follow(host)


def answers(door: tuple[str, int]) -> bool:
    """Whether a page of the shop comes through there."""
    try:
        connection = Connection(door[1], {}, host=door[0], timeout=5)
        try:
            return bool(connection.ask("GET", "/products/").status == 200)
        finally:
            connection.close()
    except (OSError, RuntimeError, ValueError):
        return False


def drop_queue(address: str, name: str) -> None:
    """Nothing of a run is left on a broker that is not its own."""
    with Broker(address) as broker:
        Queue(name)(broker.channel()).delete()


def rabbitmq() -> int | None:
    """The port of this machine's RabbitMQ on its loopback; None where it does not answer to its usual account."""
    try:
        with Broker("amqp://guest:guest@127.0.0.1:5672//", connect_timeout=3) as broker:
            broker.ensure_connection(max_retries=1)
    except OSError:
        return None
    return 5672
