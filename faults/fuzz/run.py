"""One run: people and goods, a look around, a warm-up, the numbers of the run, rest, and what is wrong."""

import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from django.contrib import admin
from django.db import connections
from django.db.models import Q
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts.addresses import save_address
from accounts.models import Address, User
from demo.people import HOME_ADDRESS
from faults import seed
from faults.checking import books, checker
from faults.checking.history import History
from faults.drivers.journeys import Customer
from faults.fuzz import memory, verdict
from faults.fuzz.around import Around
from faults.fuzz.composer import Composer, shown
from faults.fuzz.finding import documents, routes
from faults.fuzz.finding.crawl import Found, Someone, crawl, look
from faults.fuzz.finding.people import WHO, Person, Stranger
from faults.fuzz.finding.things import Things
from faults.fuzz.sending import frames, wire
from faults.fuzz.sending.hooks import Hooks
from faults.fuzz.verdict import Wrong
from faults.injection.system import System
from faults.run import REST_SECONDS, offered
from faults.scoreboard import RESULTS
from orders.events import cursors, feed
from orders.models import BACK_BY_HAND, Order, ProviderEvent, Refund, WebhookDelivery
from orders.status import OrderStatus

THREADS = 6
# Seconds in which customers order before, so that there are orders in many states; and of the first numbers the share that
# is a warm-up, so many at most.
ORDERING, WARM, WARM_MOST = 20.0, 0.1, 1000
# MiB that a process may hold more at the end than after the warm-up.
GROWTH = 64
Cell = Counter[str]


@dataclass
class Result:
    seed: int
    count: int
    seconds: float = 0.0
    slowest: float = 0.0
    doors: int = 0
    # By kind and who: requests, frames, and statuses by hundreds.
    told: dict[str, Cell] = field(default_factory=dict)
    # By process: MiB after the warm-up, at the end, and at most.
    memory: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    findings: list[Wrong] = field(default_factory=list)


class Fuzz:
    """The shop, its doors, and who comes there."""

    def __init__(self, system: System, composer: Composer, result: Result) -> None:
        self.system, self.composer, self.result = system, composer, result
        self.door = system.doors[0]
        self.lock = threading.Lock()
        self.sent: dict[int, list[str]] = {}

    def drive(self, numbers: Sequence[int]) -> None:
        """All of them, some at one moment."""
        waiting = iter(numbers)
        threads = [threading.Thread(target=self._drive, args=(waiting,)) for _nth in range(THREADS)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            self.system.tick()
            time.sleep(0.2)

    def _drive(self, waiting: Iterable[int]) -> None:
        try:
            while (nth := self._next(waiting)) is not None:
                self.one(nth)
        except Exception as error:
            self._note(Wrong("rig", repr(error)))
            raise
        finally:
            connections.close_all()

    def _next(self, waiting: Iterable[int]) -> int | None:
        with self.lock:
            return next(iter(waiting), None)

    def one(self, nth: int) -> None:
        """All that one number sends."""
        for someone in self.composer.people.values():
            someone.renew()
        steps, chance = self.composer.steps(nth), self.composer.chance(-nth)
        answer: wire.Answer | None = None
        while True:
            try:
                step = steps.send(answer)
            except StopIteration:
                return
            answer = (
                self._ask(nth, step, chance)
                if not isinstance(step, frames.Session)
                else self._talk(nth, step, chance)
            )

    def _ask(self, nth: int, request: Any, chance: Any) -> wire.Answer:
        raw = request.raw(chance)
        answer = wire.ask(self.door, raw, is_broken=request.is_broken)
        self.composer.people[request.who].seems_out(answer)
        self._count(request, answer, frames_=0)
        self._judge(nth, request, verdict.of_answer(request, answer))
        return answer

    def _talk(self, nth: int, session: frames.Session, chance: Any) -> wire.Answer:
        heard = frames.run(self.door, session, chance)
        self._count(session.request, heard.answer, frames_=len(session.sent))
        self._judge(nth, session.request, verdict.of_socket(heard))
        return heard.answer

    def _count(self, request: Any, answer: wire.Answer, *, frames_: int) -> None:
        with self.lock:
            cell = self.result.told.setdefault(f"{request.kind} {request.who}", Counter())
            status = f"{answer.status // 100}xx" if answer.status else "none"
            cell.update({"requests": 1, "frames": frames_, status: 1})
            self.result.slowest = max(self.result.slowest, answer.seconds)

    def _judge(self, nth: int, request: Any, wrong: Iterable[tuple[str, str]]) -> None:
        with self.lock:
            self.sent.setdefault(nth, []).append(shown(request))
        for column, what in wrong:
            self._note(Wrong(column, f"{what} <- {shown(request)}", nth))

    def _note(self, wrong: Wrong) -> None:
        with self.lock:
            self.result.findings.append(wrong)

    def logged(self, logs: verdict.Logs) -> None:
        for wrong in logs.errors():
            sent = self.sent.get(wrong.nth, [""])[-1]
            self._note(wrong._replace(what=f"{wrong.what} <- {sent}"))


def run(system: System, around: Around, *, seed_: int, numbers: Sequence[int]) -> Result:
    result, began = Result(seed_, len(numbers)), timezone.now()
    logs = verdict.Logs(system.folder / "logs")
    products, people = scene(system, seed_)
    fuzz = Fuzz(system, compose(system, people, around, seed_), result)
    result.doors = len(fuzz.composer.doors) + len(fuzz.composer.operations)
    warm = min(WARM_MOST, int(len(numbers) * WARM))
    begun = time.monotonic()
    fuzz.drive(numbers[:warm])
    before = memory.of_shop(system)
    fuzz.drive(numbers[warm:])
    result.seconds = time.monotonic() - begun
    result.findings += [Wrong("hanging", one) for one in _rest(system)]
    weigh(result, before, memory.of_shop(system))
    fuzz.logged(logs)
    # What waits, `_rest` has told.
    held = replace(books.read({}, products, began), waiting=0)
    settled = [
        one for one in checker.check(History(told=[], heard={}), held) if one.column in verdict.COLUMNS
    ]
    result.findings += [Wrong(*one) for one in settled]
    return result


def _rest(system: System) -> list[str]:
    """Wait until nothing is under way, but not for longer than REST_SECONDS; what still is then."""
    deadline = time.monotonic() + REST_SECONDS
    while (found := under_way()) and time.monotonic() < deadline:
        system.wait(time.monotonic() + 0.5)
    return found


def under_way() -> list[str]:
    """What the shop has not come to an end with, but for what waits for staff, for a name, or for an address."""
    by_hand = Refund.objects.filter(state=Refund.State.ASKED, payment__variant__in=BACK_BY_HAND).values(
        "payment__order"
    )
    pending, refund = Q(status=OrderStatus.PENDING), Q(status=OrderStatus.REFUND) & ~Q(pk__in=by_hand)
    found = [f"order {one.pk} is {one.status}" for one in Order.objects.filter(pending | refund)]
    found += [
        f"what {one.variant} told as {one.event_id} waits after {one.attempts} attempts: {one.failure}"
        for one in ProviderEvent.objects.filter(acted_at__isnull=True, waits_for="")
    ]
    early = ProviderEvent.objects.filter(acted_at__isnull=True).count()
    # To addresses that a run has made up, where nobody takes anything.
    unheard = WebhookDelivery.objects.filter(state=WebhookDelivery.State.WAITING).count()
    waiting = books.waiting() - early - unheard
    return found + ([f"{waiting} other things wait"] if waiting else [])


def scene(system: System, seed_: int) -> tuple[list[Any], dict[str, Someone]]:
    """Goods, people, and what customers did for a while."""
    products = seed.everything(run=seed_)
    people: dict[str, Someone] = {who: Person(who, seed_) for who in WHO if who != "stranger"}
    people["stranger"] = Stranger(system.doors[0], seed_)
    _actor, key = seed.staff(run=seed_)
    others = seed.customers(2, run=seed_)
    own = User.objects.get(email=people["customer"].email)
    seed.store_credit([own.pk, *(one.user_id for one in others)])
    job = {"doors": system.doors, "seed": seed_, "staff": key, **offered(seed_, products)}
    whose = [_who(nth, one.key, one.session, one.address_id) for nth, one in enumerate(others)]
    mine = people["customer"]
    assert isinstance(mine, Person)
    whose.append(_who(2, mine.key, mine.session, _address(own)))
    threads = [
        threading.Thread(target=Customer(job, one).run, args=(time.time() + ORDERING,)) for one in whose
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return products, people


def _who(nth: int, key: str, session: str, address: int) -> dict[str, Any]:
    return {"client": nth, "key": key, "session": session, "address": address}


def _address(user: User) -> int:
    return int(save_address(Address(user=user, **HOME_ADDRESS)).pk)


def compose(system: System, people: dict[str, Someone], around: Around, seed_: int) -> Composer:
    """Look around as each of them, and read the documents of the API."""
    doors, found = routes.doors(), Found()
    begin = [
        "/",
        "/cart/",
        "/checkout/",
        "/orders/",
        "/accounts/",
        "/accounts/login/",
        "/accounts/signup/",
        "/demo/mails/",
    ]
    for who in WHO:
        lists = [*begin, *_of_the_desk()] if who in ("staff", "superuser") else begin
        crawl(system.doors[0], people[who], found, lists)
    read = partial(_document, system.doors[0], people["customer"])
    operations = documents.operations(read("/api/schema/?format=json"), "api")
    operations += documents.operations(read("/api/auth/openapi.json"), "auth")
    orders = [str(pk) for pk in Order.objects.order_by("-placed_at").values_list("pk", flat=True)[:20]]
    hooks = Hooks(
        around.stripe,
        around.paypal,
        orders,
        cursors.cursor_of(feed.read_on(0, customer_id=None, limit=1)[0].position or 0),
    )
    return Composer(seed_, doors, operations, found, Things(doors), people, hooks)


def _document(door: tuple[str, int], someone: Someone, path: str) -> dict[str, Any]:
    found: dict[str, Any] = look(door, someone, path).json()
    return found


def _of_the_desk() -> list[str]:
    names = [f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry]
    found = ["/admin/"]
    for name, page in itertools.product(names, ("changelist", "add")):
        try:
            found.append(reverse(f"admin:{name}_{page}"))
        except NoReverseMatch:
            continue
    return found


def weigh(result: Result, before: dict[str, memory.Held], after: dict[str, memory.Held]) -> None:
    for name, held in before.items():
        now = after.get(name)
        if now is None or not now.now:
            result.findings.append(Wrong("ended", f"{name} ended during the run"))
            continue
        result.memory[name] = (held.now, now.now, now.most)
        if now.now > held.now + GROWTH:
            result.findings.append(Wrong("memory", f"{name}: {held.now} MiB before, {now.now} MiB after"))


def write(result: Result) -> Path:
    folder = RESULTS / "fuzz"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-seed-{result.seed}.json"
    path.write_text(
        json.dumps(vars(result) | {"findings": [one._asdict() for one in result.findings]}, indent=1)
    )
    return path
