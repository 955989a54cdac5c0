"""One run: the clients begin, the faults come as the plan has it, everything has its rest, and the history is checked."""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.db import Error, connections

from accounts.models import User
from benchmarks.shop import BenchFailed
from config.runtime.environment import PROJECT
from faults import books, checker, plan, seed
from faults.drafts import Taker
from faults.history import Books, Finding, History, Told
from faults.system import System
from orders.events import cursors, feed

# Everything is at rest so many seconds after the last fault and the last customer, or hangs.
REST_SECONDS = 60.0
# Customers that are in the middle of an order when the time is over, and listeners that are behind, have so long.
FINISH_SECONDS, LISTEN_SECONDS = 240.0, 120.0


class RunFailed(BenchFailed):
    """The rig itself did not do its work, so that nothing is known."""


@dataclass
class Result:
    seed: int
    seconds: float
    only: str
    faults: Counter[str] = field(default_factory=Counter)
    orders: int = 0
    events: int = 0
    connections: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    recovery: float = 0.0
    rested: float = 0.0
    findings: list[Finding] = field(default_factory=list)

    def count(self, column: str) -> int:
        return sum(finding.column == column for finding in self.findings)


def run(system: System, *, seed_: int, seconds: float, only: str, count: int) -> Result:
    """One run, of which a system has one for each seed. Raises RunFailed, and ValueError for faults that there are not."""
    result = Result(seed_, seconds, only)
    planned = plan.faults(seed=seed_, seconds=seconds, only=only)
    people, products = seed.customers(count, run=seed_), seed.everything(run=seed_)
    by_user = {who.user_id: client for client, who in enumerate(people)}
    actor, key = seed.staff(run=seed_)
    job = _job(system, people, [product.sku for product in products]) | _offered(seed_, products)
    job |= {"seed": seed_, "seconds": seconds + 2, "staff": key}
    emails = list(User.objects.filter(pk__in=by_user).order_by("pk").values_list("email", flat=True))
    taker = Taker(seed_, actor, emails, job["products"])
    with _clients(system, job) as process, _taking(taker):
        last_fault = _suffer(system, planned, result)
        _driven(system, process)
        taker.end()
        result.rested = _rest(system)
        _tell(process, {client: _last_cursor(user, job) for user, client in by_user.items()})
        _end(system, process)
    held = books.read(by_user, products)
    held.tracebacks = system.tracebacks()
    seen = json.loads(Path(job["into"]).read_text())
    seen["errors"] += taker.errors
    seen["told"] += [asdict(one) for one in taker.told]
    _conclude(result, seen, held, last_fault)
    return result


@contextmanager
def _taking(taker: Taker) -> Iterator[None]:
    taker.start()
    try:
        yield
    finally:
        taker.end()


def _job(system: System, people: list[Any], skus: list[str]) -> dict[str, Any]:
    cursor = feed.present()
    shown = [
        {
            "client": client,
            "key": who.key,
            "session": who.session,
            "address": who.address_id,
            "cursor": cursor,
        }
        for client, who in enumerate(people)
    ]
    (system.folder / "driven").unlink(missing_ok=True)
    files = {"into": str(system.folder / "history.json"), "driven": str(system.folder / "driven")}
    return {"port": system.port, "products": skus, "clients": shown, **files}


def _offered(run: int, products: list[Any]) -> dict[str, Any]:
    """What there is besides products: staff, codes, gift cards, and a place where orders are fetched."""
    skus = [product.sku for product in products]
    return {
        "products": [sku for sku in skus if not sku.startswith(("SHIRT", "CARD"))],
        "variants": [sku for sku in skus if sku.startswith("SHIRT")],
        "card": next(sku for sku in skus if sku.startswith("CARD")),
        "vouchers": seed.vouchers(run=run),
        "cards": seed.cards(),
        "pickup": seed.pickup(),
    }


# --- faults and rest -----------------------------------------------------------------------------------------------
def _suffer(system: System, planned: list[plan.Fault], result: Result) -> float:
    """Do the planned faults; returns when the last one was over, in seconds since 1970."""
    begun, last = time.monotonic(), time.time()
    for fault in planned:
        system.wait(begun + fault.at)
        system.suffer(fault)
        last = time.time()
        result.faults[fault.kind] += 1
    return last


def _rest(system: System) -> float:
    """Wait until the shop is at rest, but not for longer than REST_SECONDS; the seconds that it took."""
    begun = time.monotonic()
    while time.monotonic() < begun + REST_SECONDS:
        system.tick()
        try:
            if books.is_at_rest():
                break
        except Error:
            connections.close_all()
        time.sleep(0.2)
    feed.give_positions()
    return time.monotonic() - begun


def _last_cursor(user_id: int, job: dict[str, Any]) -> str:
    """The cursor of the newest event of a customer; the one to begin with where there is none."""
    begin: str = job["clients"][0]["cursor"]
    newest = books.last_position(user_id)
    return cursors.cursor_of(newest) if newest > cursors.position_of(begin) else begin


# --- the clients' process ------------------------------------------------------------------------------------------
@contextmanager
def _clients(system: System, job: dict[str, Any]) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "faults.clients"]
    log = (system.folder / "clients.log").open("w")
    process = subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=log, stderr=log, text=True)
    try:
        _tell(process, job)
        yield process
    finally:
        log.close()
        if process.poll() is None:
            process.kill()
        process.wait()


def _tell(process: subprocess.Popen[str], line: Any) -> None:
    assert process.stdin, "it was opened with a pipe"
    process.stdin.write(f"{json.dumps(line)}\n")
    process.stdin.flush()


def _driven(system: System, process: subprocess.Popen[str]) -> None:
    """Wait until the customers are done."""
    is_driven = (system.folder / "driven").exists
    _until(system, process, is_driven, FINISH_SECONDS, "the customers did not come to an end")


def _end(system: System, process: subprocess.Popen[str]) -> None:
    _until(
        system,
        process,
        lambda: process.poll() == 0,
        LISTEN_SECONDS,
        "the listeners did not come to an end",
    )


def _until(
    system: System, process: subprocess.Popen[str], ready: Callable[[], bool], seconds: float, complaint: str
) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline or process.poll() not in (None, 0):
            raise RunFailed(f"{complaint}: {(system.folder / 'clients.log').read_text()[-2000:]}")
        system.tick()
        time.sleep(0.1)


# --- what came of it -----------------------------------------------------------------------------------------------
def _conclude(result: Result, seen: dict[str, Any], held: Books, last_fault: float) -> None:
    if seen["errors"]:
        raise RunFailed("; ".join(seen["errors"]))
    told = [Told(**one) for one in seen["told"]]
    heard = {int(client): [tuple(one) for one in events] for client, events in seen["heard"].items()}
    result.orders, result.events = len(held.orders), sum(map(len, held.feed.values()))
    result.connections = seen["connections"]
    result.answers = Counter(f"{one.act} {one.status or 'none'}" for one in told)
    result.slowest = max((one.told_at - one.asked_at for one in told), default=0.0)
    result.recovery = checker.recovery(held, last_fault)
    result.findings = checker.check(History(told=told, heard=heard), held)
