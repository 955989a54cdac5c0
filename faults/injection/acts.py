"""How each fault is done to a system."""

import random
import signal
import time
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from faults.injection import servers
from faults.injection.broker import unruly
from faults.injection.cost import children
from faults.injection.plan import LASTS, Fault, kinds
from faults.injection.system import System, paused, send
from faults.parties import proxy
from faults.parties.receivers import How

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from faults.parties.mail import MailServer
    from faults.parties.receivers import Receivers

SIGNALS = {
    "kill": signal.SIGKILL,
    "stop": signal.SIGTERM,
    "fast": signal.SIGINT,
    "immediate": signal.SIGQUIT,
}
# What others who use the same server don't notice.
ANYWHERE = (".lock", ".deadlock", ".terminate", ".cancel")


class Injector:
    """Does faults to one system, and to the parties around it, if there are any."""

    def __init__(
        self, system: System, mail: "MailServer | None" = None, receivers: "Receivers | None" = None
    ) -> None:
        self.system, self.mail, self.receivers = system, mail, receivers

    def left_out(self) -> dict[str, str]:
        """Kinds that can't be here, and why."""
        system = self.system
        why: dict[str, str] = {}
        if system.disk is None:
            why["disk.full"] = (
                "the shop has no disk of its own, which takes root on Linux and a folder that is not kept"
            )
        if self.mail is None:
            why["mail.silent"] = "there is no mail server"
        for kind in kinds("receivers") if self.receivers is None else ():
            why[kind] = "there are no receivers of webhooks"
        for variable, target in (("DATABASE_URL", "postgres"), ("REDIS_URL", "valkey")):
            if variable in system.given:
                names = [name for name in kinds(target) if not name.endswith(ANYWHERE)]
                why |= dict.fromkeys(names, f"{target} is not the shop's own")
        return why

    def suffer(self, fault: Fault) -> None:
        """Do it; returns when it is over, or the process that is hit may be started again."""
        if fault.how in LASTS:
            if (lasting := self._lasting(fault)) is not None:
                with lasting:
                    self.system.wait(time.monotonic() + fault.seconds)
        elif fault.target == "supervisor":
            acts: Mapping[str, Callable[[], None]] = {
                "kill": self.system.start_again,
                "twice": self.system.start_twice,
                "stop": self.system.stop_and_start,
            }
            acts[fault.how]()
        elif fault.how == "cut":
            servers.cut_lines(self.system.noted("REDIS_URL"))
        elif pid := self._pid(fault):
            self._hit(fault, pid)

    def _pid(self, fault: Fault) -> int:
        """The process that is meant; 0 if none is up."""
        pids = self.system.pids(fault.target)
        return pids[int(fault.which * len(pids))] if pids else 0

    def _hit(self, fault: Fault, pid: int) -> None:
        if fault.how == "backend":
            backends = children(pid)
            send(backends[int(fault.which * len(backends))], signal.SIGKILL) if backends else None
        elif fault.how == "empty":
            self.system.empty()
            send(pid, signal.SIGKILL)
        else:
            send(pid, SIGNALS[fault.how])

    # --- faults that last ---
    def _lasting(self, fault: Fault) -> AbstractContextManager[object] | None:
        """What it is while it lasts; None where what it would be done to is down already."""
        ways: dict[str, Callable[[Fault], AbstractContextManager[object] | None]] = {
            "postgres": self._of_postgres,
            "tasks": self._of_tasks,
            "disk": lambda _: self.system.disk.full() if self.system.disk else None,
            "mail": lambda _: self.mail.silent() if self.mail else None,
            "receivers": lambda one: self.receivers.being(How(one.how)) if self.receivers else None,
        }
        if fault.how == "clock":
            return self.system.clock.wrong(fault.which)
        if fault.how == "slow":
            return self._slow(fault) if self._pid(fault) else None
        if fault.how == "pause":
            pid = self._pid(fault)
            return paused(pid) if pid else None
        return ways[fault.target](fault)

    def _of_postgres(self, fault: Fault) -> AbstractContextManager[object]:
        url = self.system.noted("DATABASE_URL")
        if fault.how == "lock":
            return servers.locked_table(url, fault.which)
        if fault.how == "full":
            return servers.all_connections(url)
        if fault.how == "deadlock":
            return servers.deadlocks(url)
        return servers.struck(url, fault.how, fault.which)

    def _of_tasks(self, fault: Fault) -> AbstractContextManager[object]:
        from config.celery import app  # noqa: PLC0415 settings are known only once the shop runs

        return unruly(app.connection_for_read(), app.amqp.queues[app.conf.task_default_queue], fault.how)

    @contextmanager
    def _slow(self, fault: Fault) -> "Iterator[None]":
        """Connections from before stay fast, so they are ended."""
        name = "DATABASE_URL" if fault.target == "postgres" else "REDIS_URL"
        url, chance = self.system.noted(name), random.Random(fault.which)
        if fault.target == "postgres":
            with proxy.slow_line(servers.postgres_socket(url), chance, proxy.TO_POSTGRES):
                servers.end_sessions(url)
                yield
        else:
            with proxy.slow_line(servers.socket_of(url), chance):
                servers.cut_lines(url)
                yield
