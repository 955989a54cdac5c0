"""`make faults ONLY=silence`: what the silence of one party costs those who don't need it, beside calm in the same run.

Each of Stripe, PayPal, the mail server, the broker and Valkey takes connections and says nothing for some seconds, with calm
before and after it. All the while customers look at pages, place orders, and press Pay, at one provider after the other or,
when one is silent, there: the silence is all that differs.
"""

import json
import random
import signal
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from benchmarks.load.wire import Answer
from faults.drivers.caller import Caller, Doors
from faults.injection.system import System, paused, send
from faults.parties.silent import Parties
from orders.models import Order
from orders.status import OrderStatus

PAGES = ("/", "/products/", "/orders/")
LOOKERS, PLACERS, PAYERS = 3, 3, 6
# Seconds from one press of a customer to the next, who looks at what came of it.
PRESSES_EVERY = 1.0
BACKLOG, CONFIRM_SECONDS = 20, 30.0
PROVIDERS = ("stripe", "paypal")
NEEDS_VALKEY = ("preview", "place")
ORDER = ("calm", "stripe", "calm", "paypal", "calm", "mail", "calm", "broker", "calm", "valkey", "calm")


@dataclass
class Measured:
    """Seconds by what was asked, in all phases of one name."""

    seconds: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failed: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))


class Silence:
    """One run over a system whose customers and products are there."""

    def __init__(self, system: System, around: Parties, people: list[Any], skus: list[str]) -> None:
        self.system, self.around, self.people, self.skus = system, around, people, skus
        self.measured: defaultdict[str, Measured] = defaultdict(Measured)
        self.orders: list[tuple[Any, str]] = []
        self.chance = random.Random(1)

    def run(self, seconds: float) -> None:
        self._phase("warm", seconds / 2)
        for name in ORDER:
            with self._silent(name):
                self._phase(name, seconds)
            if name in ("calm", "valkey"):
                self._backlog(name)
            self.system.wait(time.monotonic() + 3)

    @contextmanager
    def _silent(self, name: str) -> Iterator[None]:
        with ExitStack() as stack:
            if name == "valkey":
                stack.enter_context(paused(self.system.pids("valkey")[0]))
            elif name in ("stripe", "paypal", "mail", "broker"):
                talks: threading.Event = getattr(self.around, name).talks
                talks.clear()
                stack.callback(talks.set)
            yield

    # --- one phase ---
    def _phase(self, name: str, seconds: float) -> None:
        into, end = self.measured[name], time.monotonic() + seconds
        acts: list[Callable[[Measured, float, Any], None]] = [self._look] * LOOKERS
        acts += [self._place] * (0 if name == "valkey" else PLACERS)
        providers = [name] if name in PROVIDERS else PROVIDERS
        acts += [self._press(providers[nth % len(providers)]) for nth in range(PAYERS)]
        threads = [
            threading.Thread(target=act, args=(into, end, self.people[nth % len(self.people)]), daemon=True)
            for nth, act in enumerate(acts)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(seconds + 60)

    def _look(self, into: Measured, end: float, who: Any) -> None:
        browser = Caller(Doors(self.system.doors), {"Cookie": f"sessionid={who.session}"})
        while time.monotonic() < end:
            for path in PAGES:
                timed(into, "page", browser, "GET", path)

    def _place(self, into: Measured, end: float, who: Any) -> None:
        api = Caller(
            Doors(self.system.doors), {"Authorization": f"Bearer {who.key}", "Accept": "application/json"}
        )
        while time.monotonic() < end:
            if order_id := self._order(into, api, who):
                self._until_confirmed(into, api, order_id)
                self.orders.append((who, order_id))

    def _order(self, into: Measured, api: Caller, who: Any) -> str:
        made = timed(into, "preview", api, "POST", "/api/orders/previews/", self._cart(who))
        if made is None or made.status != 201:
            return ""
        preview = made.json()
        body = f'{{"price_table_id": {preview["shipping_options"][0]["price_table_id"]}}}'.encode()
        placed = timed(into, "place", api, "POST", f"/api/orders/{preview['id']}/", body)
        return str(preview["id"]) if placed and placed.status == 201 else ""

    def _until_confirmed(self, into: Measured, api: Caller, order_id: str) -> None:
        begun = time.monotonic()
        while time.monotonic() < begun + CONFIRM_SECONDS:
            answer = api.ask("GET", f"/api/orders/{order_id}/")
            if answer and answer.status == 200 and answer.json()["status"] != "pending":
                into.seconds["confirmed"].append(time.monotonic() - begun)
                return
            time.sleep(0.02)
        into.failed["confirmed"] += 1

    def _cart(self, who: Any) -> bytes:
        items = [{"sku": self.chance.choice(self.skus), "quantity": 1}]
        return json.dumps({"items": items, "address_id": who.address_id}).encode()

    def _press(self, variant: str) -> Callable[[Measured, float, Any], None]:
        def press(into: Measured, end: float, _who: Any) -> None:
            while time.monotonic() < end:
                next_press = time.monotonic() + PRESSES_EVERY
                if not self.orders:  # the first ones are being placed
                    time.sleep(0.1)
                    continue
                who, order_id = self.chance.choice(self.orders)
                browser = Caller(Doors(self.system.doors), {"Cookie": f"sessionid={who.session}"})
                timed(into, f"pay at {variant}", browser, "GET", f"/orders/{order_id}/pay/?with={variant}")
                browser.drop()
                time.sleep(max(0.0, min(next_press, end) - time.monotonic()))

        return press

    # --- orders that wait when silence begins ---
    def _backlog(self, name: str) -> None:
        """Orders are placed while the workers stand still; then the party is silent, and the workers go on.

        For Valkey this is all that can be measured of confirming: without it nothing is placed.
        """
        self._rest()
        workers = self.system.pids("worker")
        api = [
            (
                Caller(
                    Doors(self.system.doors),
                    {"Authorization": f"Bearer {who.key}", "Accept": "application/json"},
                ),
                who,
            )
            for who in self.people[:2]
        ]
        with ExitStack() as still:
            for worker in workers:
                still.enter_context(paused(worker))
            ids = [self._order(Measured(), *api[nth % 2]) for nth in range(BACKLOG)]
            with self._silent(name):
                for worker in workers:
                    send(worker, signal.SIGCONT)
                self._confirmed_of(self.measured[name], [one for one in ids if one])

    def _rest(self) -> None:
        """A worker that is stopped in the middle of its work would keep the rows that it has locked."""
        deadline = time.monotonic() + CONFIRM_SECONDS
        while Order.objects.filter(status=OrderStatus.PENDING).exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        self.system.wait(time.monotonic() + 1)

    def _confirmed_of(self, into: Measured, ids: list[str]) -> None:
        begun, left = time.monotonic(), len(ids)
        while left and time.monotonic() < begun + CONFIRM_SECONDS:
            now = Order.objects.filter(pk__in=ids, status=OrderStatus.PENDING).count()
            into.seconds["confirmed of 20 that waited"] += [time.monotonic() - begun] * (left - now)
            left = now
            time.sleep(0.02)
        into.failed["confirmed of 20 that waited"] += left


def timed(into: Measured, name: str, caller: Caller, *request: Any) -> Answer | None:
    begun = time.monotonic()
    answer = caller.ask(*request)
    if answer is None or answer.status >= 500:
        into.failed[name] += 1
    into.seconds[name].append(time.monotonic() - begun)
    return answer


def table(measured: dict[str, Measured]) -> str:
    """Markdown: p50 and p99 in milliseconds, beside the calm ones of the run."""
    calm = measured["calm"].seconds
    lines = [
        "| silent | what | times | p50 ms | p99 ms | calm p50 | calm p99 | p99 by calm | failed |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name in dict.fromkeys(ORDER):
        for what, seconds in measured[name].seconds.items():
            beside = calm.get(what)
            cells = [name, what, len(seconds), *_points(seconds)]
            cells += [*_points(beside), f"{_p99(seconds) / _p99(beside):.1f}"] if beside else ["", "", ""]
            lines.append("| " + " | ".join(map(str, [*cells, measured[name].failed[what]])) + " |")
    return "\n".join(lines)


def _points(seconds: list[float]) -> tuple[int, int]:
    return round(1000 * statistics.median(seconds)), round(1000 * _p99(seconds))


def _p99(seconds: list[float]) -> float:
    return sorted(seconds)[min(len(seconds) - 1, int(len(seconds) * 0.99))]
