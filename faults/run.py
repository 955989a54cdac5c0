"""One run: the clients begin, the faults come as the plan has it, everything has its rest, and the history is checked."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

from django.db import Error, connections
from django.utils import timezone

from accounts.models import User
from benchmarks.seed import session_of
from faults import seed
from faults.checking import books, checker
from faults.checking.history import Books, Finding, History, Told
from faults.drivers.desk import Clerk
from faults.drivers.doors import Place, Porter
from faults.drivers.drafts import Taker
from faults.drivers.guests import Guests, who_bought
from faults.drivers.process import Clients, RunFailed, clients
from faults.drivers.suffering import Suffering
from faults.injection import plan
from faults.injection.acts import Injector
from faults.injection.points import POINTS, hit
from faults.injection.system import System
from faults.parties.around import Around
from orders.events import cursors, feed

# Everything is at rest so many seconds after the last fault and the last customer, or hangs.
REST_SECONDS = 60.0
# In place of faults by chance: each place in the code that has a name.
BY_NAME = "points"
# What these faults make PostgreSQL say.
PROVOKED = {
    "postgres.cancel": ("canceling statement due to user request",),
    "postgres.deadlock": ("deadlock detected",),
}
# One of so many customers has a receiver of webhooks.
RECEIVERS_EVERY = 5


class Words(NamedTuple):
    """What was asked for."""

    seconds: float
    only: str
    clients: int
    # How many of them order, and nothing more comes of it.
    plain: int = 0
    # Whether two faults come at one moment.
    pairs: bool = False
    # Seconds between two faults, on average.
    every: float = plan.EVERY


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
    # How long customers ordered, what all of it has cost, and faults that could not be, and why.
    driven: float = 0.0
    shop_cpu: float = 0.0
    rig_cpu: float = 0.0
    left_out: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    # Of each order that was accepted as new: when that was asked and when it was told.
    accepted: list[tuple[float, float]] = field(default_factory=list)

    def count(self, column: str) -> int:
        return sum(finding.column == column for finding in self.findings)


# Does faults while customers order; returns when the last one was over, in seconds since 1970.
Doing = Callable[[Result, Clients], float]


def run(system: System, around: Around, words: Words, *, seed_: int) -> Result:
    """One run of a shop on one machine. Raises RunFailed, and ValueError for faults that there are not."""
    if words.only == BY_NAME:
        return drive(system, around, words, partial(_come_by, system), seed_=seed_)
    injector = Injector(system, around.mail, around.receivers)
    left_out = injector.left_out()
    which = partial(plan.faults, seed=seed_, only=words.only, without=left_out, pairs=words.pairs)
    planned = which(seconds=words.seconds, every=words.every)
    result = drive(system, around, words, as_planned(planned, system, injector.suffer), seed_=seed_)
    result.left_out = left_out
    return result


def drive(system: Suffering, around: Around, words: Words, doing: Doing, *, seed_: int) -> Result:
    """One run of any shop, of which it has one for each seed; `doing` is what is done to it. Raises RunFailed."""
    result = Result(seed_, words.seconds, words.only)
    scene = _scene(system, around, words, seed_)
    begun, shop, own = time.monotonic(), system.cpu_seconds(), time.process_time()
    with clients(system, scene.job) as driven, _working(scene.others):
        last_fault = doing(result, driven)
        driven.driven()
        result.driven = time.monotonic() - begun
        for one in scene.others:
            one.end()
        result.rested = _rest(system)
        driven.end({client: _last_cursor(user, scene.job) for user, client in scene.by_user.items()})
    result.shop_cpu, result.rig_cpu = system.cpu_seconds() - shop, time.process_time() - own
    held = books.read(scene.by_user, scene.products, scene.began, guests=who_bought(seed_))
    held.tracebacks = [line for line in system.tracebacks() if not _is_provoked(line, result.faults)]
    _conclude(result, _seen(scene, around), held, last_fault)
    return result


def _is_provoked(traceback: str, faults: Iterable[str]) -> bool:
    """A deadlock, and a statement that is ended, have their traceback in the log on purpose: somebody is to look at them."""
    return any(words in traceback for fault in faults for words in PROVOKED.get(fault, ()))


class Scene(NamedTuple):
    """Who and what there is in one run."""

    began: datetime
    job: dict[str, Any]
    by_user: dict[int, int]
    products: list[Any]
    # Who works and who comes by in the rig's own process.
    others: tuple[Taker, Porter, Guests, Clerk]
    # Receivers of webhooks, by client.
    receivers: dict[int, int]


def _scene(system: Suffering, around: Around, words: Words, seed_: int) -> Scene:
    began = timezone.now()
    people, products = seed.customers(words.clients, run=seed_), seed.everything(run=seed_)
    by_user = {who.user_id: client for client, who in enumerate(people)}
    actor, key = seed.staff(run=seed_)
    receivers = {client: seed_ * 1000 + client for client in range(0, words.clients, RECEIVERS_EVERY)}
    seed.receivers({people[client].user_id: around.receivers.url(path) for client, path in receivers.items()})
    seed.store_credit(by_user)
    job = _job(system, people, words.plain) | offered(seed_, products)
    job |= {"seed": seed_, "seconds": words.seconds + 2, "staff": key}
    emails = list(User.objects.filter(pk__in=by_user).order_by("pk").values_list("email", flat=True))
    counted = [one.pk for one in products if not one.is_numbered and one.sku.startswith(("PLENTY", "LITTLE"))]
    porter = Porter(seed_, Place(system.doors, actor, list(by_user), counted))
    taker = Taker(seed_, actor, emails, job["products"])
    others = (taker, porter, Guests(job, around.mail), Clerk(seed_, system.doors, session_of(actor)))
    return Scene(began, job, by_user, products, others, receivers)


@contextmanager
def _working(others: Iterable[Taker | Porter | Guests | Clerk]) -> Iterator[None]:
    for one in others:
        one.start()
    try:
        yield
    finally:
        for one in others:
            one.end()


def _job(system: Suffering, people: list[Any], plain: int) -> dict[str, Any]:
    cursor = feed.present()
    shown = [
        {
            "client": client,
            "key": who.key,
            "session": who.session,
            "address": who.address_id,
            "cursor": cursor,
            "plain": client >= len(people) - plain,
        }
        for client, who in enumerate(people)
    ]
    files = {"into": str(system.folder / "history.json"), "driven": str(system.folder / "driven")}
    return {"doors": system.doors, "clients": shown, **files}


def offered(run: int, products: list[Any]) -> dict[str, Any]:
    """What there is besides products: staff, codes, gift cards, and a place where orders are fetched."""
    skus = [product.sku for product in products]
    shirts = [sku for sku in skus if sku.startswith("SHIRT")]
    return {
        "products": [sku for sku in skus if not sku.startswith(("SHIRT", "CARD"))],
        # What is there as long as anybody wants it.
        "lasting": [sku for sku in skus if sku.startswith("PLENTY") or sku.endswith(("-M", seed.DEARER))],
        "variants": [sku for sku in shirts if not sku.endswith(seed.DEARER)],
        "dearer": next(sku for sku in shirts if sku.endswith(seed.DEARER)),
        "card": next(sku for sku in skus if sku.startswith("CARD")),
        "vouchers": seed.vouchers(run=run),
        "cards": seed.cards(),
        "pickup": seed.pickup(),
    }


# --- faults and rest -----------------------------------------------------------------------------------------------
def _come_by(system: System, result: Result, process: Clients) -> float:
    """A worker dies once at each place that has a name; what it never came by is left out, and said."""
    for point in POINTS:
        if process.is_driven:
            result.left_out[point] = "the time was over"
        elif hit(system, point):
            result.faults[point] += 1
        else:
            result.left_out[point] = "the worker did not come by it"
    return time.time()


def as_planned(planned: list[plan.Fault], system: Suffering, suffer: Callable[[plan.Fault], None]) -> Doing:
    """Each fault at its time, or later where those before it took longer than planned."""

    def do(result: Result, _customers: Clients) -> float:
        begun, last = time.monotonic(), time.time()
        for at, together in groupby(planned, attrgetter("at")):
            system.wait(begun + at)
            if time.monotonic() > begun + result.seconds:
                break
            faults = list(together)
            _at_once(suffer, faults)
            last = time.time()
            result.faults.update(fault.kind for fault in faults)
        return last

    return do


def _at_once(suffer: Callable[[plan.Fault], None], faults: Sequence[plan.Fault]) -> None:
    """All of them, each in a thread of its own where there are several; raises what one of them raises."""
    with ThreadPoolExecutor(len(faults)) as threads:
        for done in [threads.submit(suffer, fault) for fault in faults]:
            done.result()


def _rest(system: Suffering) -> float:
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


# --- what came of it -----------------------------------------------------------------------------------------------
def _seen(scene: Scene, around: Around) -> dict[str, Any]:
    """What customers, staff, the mail server and receivers say."""
    seen: dict[str, Any] = json.loads(Path(scene.job["into"]).read_text())
    for one in scene.others:
        seen["errors"] += one.errors
        seen["told"] += [asdict(told) for told in one.told]
    seen["taken"] = {client: around.receivers.taken.pop(path, []) for client, path in scene.receivers.items()}
    seen["letters"] = around.mail.ids
    return seen


def _conclude(result: Result, seen: dict[str, Any], held: Books, last_fault: float) -> None:
    if seen["errors"]:
        raise RunFailed("; ".join(seen["errors"]))
    told = [Told(**one) for one in seen["told"]]
    heard = {int(client): [tuple(one) for one in events] for client, events in seen["heard"].items()}
    result.orders, result.events = len(held.orders), sum(map(len, held.feed.values()))
    result.connections = seen["connections"]
    result.answers = Counter(f"{one.act} {one.status or 'none'}" for one in told)
    result.slowest = max((one.told_at - one.asked_at for one in told), default=0.0)
    result.accepted = [
        (one.asked_at, one.told_at) for one in told if one.act == "place" and one.status == 201
    ]
    result.recovery = checker.recovery(held, last_fault)
    result.rig_cpu += seen["cpu"]
    history = History(told=told, heard=heard, taken=seen["taken"], letters=seen["letters"])
    result.findings = checker.check(history, held)
