"""One host and what runs on it: killed, cut off, and back, as systemd would have it after a start of the machine."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from config.runtime.processes import Account, Child
from faults.injection.cost import cpu_seconds
from faults.machines.network import Network

PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"


class Host:
    """A name, an address, and services by their names."""

    def __init__(self, network: Network, name: str, folder: Path) -> None:
        self.network, self.name = network, name
        self.address = network.add(name)
        self.folder = folder / name
        self.folder.mkdir()
        self.folder.chmod(0o711)
        self.services: dict[str, Child] = {}
        self.is_up = True
        self._spent = 0.0

    def serve(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str] | None = None,
        *,
        account: Account | None = None,
        inside: bool = True,
    ) -> Child:
        """Start a service that belongs to this host from now on; one that is not `inside` finds its way there itself."""
        child = Child(
            f"{self.name}-{name}",
            self.command(command, account) if inside else list(command),
            self.folder.parent / "logs" / f"{self.name}-{name}.log",
            {"PATH": PATH, "LC_ALL": "C.UTF-8", **(environment or {})},
            max_pause=2.0,
        )
        self.services[name] = child
        child.start()
        return child

    def command(self, command: Sequence[str], account: Account | None = None) -> list[str]:
        """The command as it is run on this host, as that account."""
        return [*self.network.inside(self.name), *as_account(account), *command]

    def kill(self) -> None:
        """All that runs here ends; the address still answers that nobody listens."""
        self._spent = self.cpu_seconds()
        self.is_up = False
        self.network.kill(self.name)
        for child in self.services.values():
            child.ended_within(5)

    def start(self) -> None:
        """After a kill: everything that belongs here is started."""
        self.is_up = True
        for child in self.services.values():
            child.start()

    def tick(self) -> None:
        """Start again what ended by itself."""
        if self.is_up:
            for child in self.services.values():
                child.revive()

    def leave(self, name: str) -> None:
        """Stop a service, which does not belong here any more."""
        if name in self.services:
            spent = self.cpu_seconds()
            self.services.pop(name).stop()
            self._spent += spent - self.cpu_seconds()

    def cpu_seconds(self) -> float:
        """What has run here till now, but for services that ended by themselves."""
        return self._spent + cpu_seconds(child.pid for child in self.services.values() if child.alive)

    def cut(self) -> None:
        self.network.cut(self.name)

    def mend(self) -> None:
        self.network.mend(self.name)


def as_account(account: Account | None) -> list[str]:
    """What a command begins with that is not to run as root."""
    if account is None:
        return []
    return ["setpriv", f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups"]
