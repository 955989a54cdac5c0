"""Hosts of this run: network namespaces on one bridge, with addresses that nothing outside of this machine reaches.

Names and addresses carry the number of the run, whose lock its process holds. What a run that was killed has left behind
is cleared away by the next one that takes its number.
"""

import fcntl
import ipaddress
import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Self

from benchmarks.shop import BenchFailed

# Of networks that are for measuring alone (RFC 2544), a part for each run that is under way.
NETWORK = ipaddress.ip_network("198.18.0.0/16")
LOCKS, SPACES = Path("/run"), Path("/run/netns")
RUNS = range(1, 100)
# What has to be on this machine; `setpriv` and `nsenter` are on every Linux.
PROGRAMS = ("ip", "nginx", "haproxy", "pgbouncer", "nsenter", "setpriv")


def missing() -> str:
    """What this machine lacks for such a run; "" where there is all of it."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    path = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
    away = [name for name in PROGRAMS if not shutil.which(name, path=path)]
    if away:
        return f"not installed: {', '.join(away)} (Debian: iproute2 nginx-light haproxy pgbouncer)"
    tried = subprocess.run(["ip", "netns", "add", f"om-{os.getpid()}"], capture_output=True, check=False)
    if tried.returncode:
        return f"no network namespaces: {tried.stderr.decode().strip()}"
    _ip("netns", "delete", f"om-{os.getpid()}")
    return ""


def _ip(*words: str) -> str:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchFailed(f"ip {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


class Network:
    """A bridge, which this process is on too, and hosts that can be cut off it. A context manager."""

    def __init__(self) -> None:
        self.number, self.lock = _number()
        self.prefix = f"om{self.number}"
        start = NETWORK.network_address + 256 * self.number
        self.net = ipaddress.ip_network((start, 24))
        self.gateway = str(self.net[1])
        self.hosts: list[str] = []

    def __enter__(self) -> Self:
        self._clear()
        _ip("link", "add", self.prefix, "type", "bridge")
        _ip("address", "add", f"{self.gateway}/24", "dev", self.prefix)
        _ip("link", "set", self.prefix, "up")
        return self

    def __exit__(self, *error: object) -> None:
        self._clear()
        self.lock.close()

    def add(self, name: str) -> str:
        """A new host; its address."""
        self.hosts.append(name)
        space, address = self.space(name), str(self.net[10 + len(self.hosts)])
        _ip("netns", "add", space)
        _ip("link", "add", space, "type", "veth", "peer", "name", "eth0", "netns", space)
        _ip("link", "set", space, "master", self.prefix, "up")
        _ip("-n", space, "address", "add", f"{address}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            _ip("-n", space, "link", "set", device, "up")
        return address

    def space(self, name: str) -> str:
        return f"{self.prefix}-{name}"

    def inside(self, name: str) -> list[str]:
        """What a command begins with that runs on a host."""
        return ["nsenter", f"--net={SPACES / self.space(name)}", "--"]

    def cut(self, name: str) -> None:
        """Nothing reaches the host any more, and nobody is told."""
        _ip("link", "set", self.space(name), "down")

    def mend(self, name: str) -> None:
        _ip("link", "set", self.space(name), "up")

    def kill(self, name: str) -> None:
        """Every process of the host ends at once."""
        _kill(self.space(name))

    def _clear(self) -> None:
        """Processes, hosts and bridge of this number."""
        for space in SPACES.glob(f"{self.prefix}-*"):
            _kill(space.name)
            with suppress(BenchFailed):
                _ip("netns", "delete", space.name)
        with suppress(BenchFailed):
            _ip("link", "delete", self.prefix)


def _number() -> tuple[int, IO[str]]:
    for number in RUNS:
        lock = (LOCKS / f"orderly-machines-{number}.lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        return number, lock
    raise BenchFailed("too many runs on this machine")


def _kill(space: str) -> None:
    """Until none is left: what was just being started is there a moment later."""
    for _try in range(50):
        pids = [int(pid) for pid in _ip("netns", "pids", space).split()]
        if not pids:
            return
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)
    raise BenchFailed(f"processes of {space} can't be ended")
