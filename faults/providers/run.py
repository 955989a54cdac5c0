"""One run with restless providers: customers pay, processes die, everything has its rest, and the money is compared."""

import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connections
from django.db.models import Q

from catalog.models import Product
from config.runtime.environment import PROJECT
from faults import seed
from faults.checking import books, checker
from faults.checking.history import Books, Finding, History, OrderRow, Told
from faults.drivers.process import RunFailed
from faults.injection import plan
from faults.injection.acts import Injector
from faults.injection.system import System
from faults.providers import truth
from faults.providers.afterwards import Afterwards
from faults.providers.chaos import WINDOW, StandIns
from faults.providers.payers import Orders, Payer
from faults.providers.post import Post
from faults.providers.staff import Staff
from faults.run import Result
from orders.events import feed
from orders.models import IN_PROGRESS, Dispute, Order, Payment, ProviderEvent, Refund
from orders.reports.attention import refused_refunds
from orders.status import OrderStatus

FAULTS = "web,worker"
# All customers together have so long, and then the shop to come to rest, twice.
DRIVE_SECONDS, REST_SECONDS, COMMAND_SECONDS = 420.0, 200.0, 600.0
# It is reconciled each day: of a dispute that was unknown the first time finds the beginning, and the next its end.
MENDINGS = 3


@dataclass
class PaidResult(Result):
    """Besides: what became of the money, what went wrong at the providers, and what reconciling found before it agreed."""

    happened: Counter[str] = field(default_factory=Counter)
    went_wrong: Counter[str] = field(default_factory=Counter)
    brought: Counter[str] = field(default_factory=Counter)
    never_told: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    mended: list[str] = field(default_factory=list)


def run(system: System, providers: StandIns, *, seed_: int, orders: int, count: int) -> PaidResult:
    """So many orders of `count` customers. Raises RunFailed."""
    result = PaidResult(seed_, 0.0, "providers")
    post = Post(system.port, random.Random(f"post {seed_}"))
    for nth, stand_in in enumerate(providers):
        stand_in.unsettle(random.Random(f"provider {nth} {seed_}"), post)
    afterwards = Afterwards(post, random.Random(f"afterwards {seed_}"))
    staff = Staff(seed_, providers)
    people, products = seed.customers(count, run=seed_), seed.plenty(run=seed_)
    job = {
        "doors": system.doors,
        "products": [product.sku for product in products],
        "seed": seed_,
        "window": WINDOW,
    }
    payers = [Payer(job, _known(client, who), providers, afterwards) for client, who in enumerate(people)]
    post.start()
    try:
        last_fault = _drive(system, payers, Orders(orders), staff, result)
        _settle(system, providers, post, staff, result)
    finally:
        post.stop()
    result.happened, result.brought = afterwards.happened + staff.happened, post.brought
    result.never_told = Counter(post.lost)
    result.went_wrong = sum((one.went_wrong for one in providers), Counter())
    if post.errors:
        raise RunFailed("; ".join(post.errors[:5]))
    held = _books(system, providers, payers, products)
    result.recovery = checker.recovery(held, last_fault)
    _conclude(result, held, [one for payer in payers for one in payer.told], providers)
    return result


def _known(client: int, who: Any) -> dict[str, Any]:
    names = {"key": who.key, "session": who.session, "address": who.address_id, "user": who.user_id}
    return {"client": client, **names}


# --- customers, faults, staff --------------------------------------------------------------------------------------
def _drive(system: System, payers: list[Payer], orders: Orders, staff: Staff, result: PaidResult) -> float:
    """Until all orders are placed and paid or not; faults come meanwhile. Returns when the last one was over."""
    errors: list[str] = []
    threads = [threading.Thread(target=_pay, args=(payer, orders, errors), daemon=True) for payer in payers]
    for thread in threads:
        thread.start()
    begun, last = time.monotonic(), time.time()
    injector = Injector(system)
    left_out = injector.left_out()
    planned = iter(plan.faults(seed=result.seed, seconds=DRIVE_SECONDS, only=FAULTS, without=left_out))
    fault = next(planned, None)
    while any(thread.is_alive() for thread in threads):
        if time.monotonic() > begun + DRIVE_SECONDS:
            raise RunFailed("the customers did not come to an end")
        if fault and time.monotonic() >= begun + fault.at:
            injector.suffer(fault)
            result.faults[fault.kind] += 1
            fault, last = next(planned, None), time.time()
        staff.work()
        system.wait(time.monotonic() + 0.5)
    if errors:
        raise RunFailed("; ".join(errors))
    result.seconds = round(time.monotonic() - begun, 1)
    return last


def _pay(payer: Payer, orders: Orders, errors: list[str]) -> None:
    try:
        payer.run_through(orders)
    except Exception as error:  # noqa: BLE001 whatever ends a client is reported, and fails the run
        errors.append(f"customer {payer.who['client']}: {error!r}")
    finally:
        connections.close_all()


# --- rest ----------------------------------------------------------------------------------------------------------
def _settle(system: System, providers: StandIns, post: Post, staff: Staff, result: PaidResult) -> None:
    """The providers are well again and all they told has come; what they never told is found in their lists."""
    begun = time.monotonic()
    post.is_calm = True
    for stand_in in providers:
        stand_in.calm()
    _until(system, staff, lambda: post.is_empty and is_at_rest())
    for _day in range(MENDINGS):
        found = _manage("reconcile", "--mend", *_days())
        mended = [line for line in found if "; acted on it" in line]
        result.mended += mended
        _until(system, staff, lambda: post.is_empty and is_at_rest())
        if not mended:
            break
    result.rested = time.monotonic() - begun
    feed.give_positions()


def is_at_rest() -> bool:
    """Whether nobody waits for the shop, nor the shop for anybody."""
    going = Q(status__in=(OrderStatus.PENDING, OrderStatus.PAY_REQUIRED, OrderStatus.REFUND))
    return not (
        Order.objects.filter(going).exists()
        or Payment.objects.filter(status__in=IN_PROGRESS).exists()
        or Refund.objects.filter(state=Refund.State.ASKED).exists()
        # Of a part that was refused the order says nothing: staff have to decide about it.
        or refused_refunds().exclude(capture__disputes__state=Dispute.State.OPEN).exists()
        or ProviderEvent.objects.filter(next_attempt_at__isnull=False).exists()
    )


def _until(system: System, staff: Staff, ready: Callable[[], bool]) -> None:
    """Wait, but not for longer than REST_SECONDS: what hangs then is found by the checker."""
    deadline = time.monotonic() + REST_SECONDS
    while time.monotonic() < deadline and not ready():
        staff.work()
        system.wait(time.monotonic() + 0.5)


def _days() -> tuple[str, ...]:
    today = datetime.now(UTC).date()
    return f"--since={today - timedelta(days=1)}", f"--until={today}"


def _manage(*words: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=COMMAND_SECONDS,
    )
    return [*done.stdout.splitlines(), *([f"CommandError {done.stderr[-300:]}"] if done.returncode else [])]


# --- what came of it -----------------------------------------------------------------------------------------------
def _books(system: System, providers: StandIns, payers: list[Payer], products: list[Product]) -> Books:
    """What the database holds, with what the providers have of each order."""
    held = books.read({payer.who["user"]: payer.who["client"] for payer in payers}, products)
    there, settled, parts = truth.money(*providers), truth.settled(), truth.given_by_staff()
    rows = {
        name: with_money(row, there[name], settled[UUID(name)], parts[UUID(name)])
        for name, row in held.orders.items()
    }
    wrong = [*held.audit, *_mismatches(_manage("reconcile", *_days()))]
    return replace(held, orders=rows, audit=wrong, tracebacks=system.tracebacks(), feed={}, waiting=0)


def _conclude(result: PaidResult, held: Books, told: list[Told], providers: StandIns) -> None:
    result.orders, result.events = len(held.orders), sum(result.brought.values())
    result.answers = Counter(f"{one.act} {one.status or 'none'}" for one in told)
    result.slowest = max((one.told_at - one.asked_at for one in told), default=0.0)
    result.statuses = Counter(row.status for row in held.orders.values())
    result.findings = [*checker.check(History(told=told, heard={}), held), *_not_at_rest(providers)]


def _unread(providers: StandIns) -> list[ProviderEvent]:
    """Events that nobody acted upon. That a refund failed which never was done waits for it for ever, and keeps nothing."""
    stripe, paypal = providers
    failed = {one["id"] for one in stripe.refunds if one["status"] == "failed"}
    failed |= {one["id"] for one in paypal.refunds if one["status"] == "FAILED"}
    unread = ProviderEvent.objects.filter(acted_at__isnull=True)
    return [one for one in unread if one.next_attempt_at or one.waits_for not in failed]


def with_money(row: OrderRow, there: truth.Money, settled: int, parts: int = 0) -> OrderRow:
    """The row with what the providers have of the order; what they gave back by hand pays nothing any more.

    Neither do `parts` that staff gave back by changes, of an order that goes on.
    """
    due = row.due - parts
    ours = there.returned - there.given + settled
    given = max(0, there.given - max(0, there.captured - due - ours))
    is_kept = row.status in ("paid", "done")
    return replace(
        row,
        due=due - given if is_kept else row.due,
        provider_captured=there.captured,
        provider_returned=there.returned + settled,
        returned_elsewhere=0,
        changes={},
        # Staff send by the domain's own call here, which is no request that anybody told of.
        parcels=0,
    )


def _mismatches(lines: list[str]) -> list[str]:
    return [f"reconcile: {line}" for line in lines if ": order " in line or "CommandError" in line]


def _not_at_rest(providers: StandIns) -> Iterator[Finding]:
    for payment in Payment.objects.filter(status__in=IN_PROGRESS):
        yield Finding("hanging", f"payment {payment.pk} of {payment.order_id} is {payment.status}")
    for refund in Refund.objects.filter(state=Refund.State.ASKED):
        yield Finding("hanging", f"refund {refund.key} is asked for")
    for event in _unread(providers):
        yield Finding("hanging", f"event {event}: {event.notification} {event.waits_for} {event.failure}")
    for order in Order.objects.filter(status=OrderStatus.PAY_REQUIRED):
        yield Finding("hanging", f"{order.pk} is to be paid")


def table(result: PaidResult) -> str:
    """What is told besides the columns."""
    parts = {
        "orders ended as": result.statuses,
        "afterwards": result.happened,
        "calls that went wrong": result.went_wrong,
        "deliveries of events": result.brought,
        "events that never came": result.never_told,
    }
    lines = [
        f"{name}: {', '.join(f'{what} {count}' for what, count in sorted(part.items()))}"
        for name, part in parts.items()
    ]
    return "\n".join([*lines, f"found by reconciling and mended: {len(result.mended)}"])
