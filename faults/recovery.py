"""`make faults ONLY=recovery`: how long a shop needs after each fault, while orders wait that were placed at its beginning.

For each kind so many orders come to be at one moment, and the fault begins with them. Times count from its end: to the
first order that is taken again, to the last one of those that waited, and to the last event at a listener.
"""

import json
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import Error, connections

from benchmarks import seed as bench
from benchmarks.measures.orders import drop_emails
from benchmarks.seed import Customer
from catalog.models import Product
from faults import backlog, seed
from faults.checking import books
from faults.drivers.caller import Caller, Door, Doors
from faults.drivers.listeners import ListenerThread
from faults.injection import plan
from faults.injection.acts import Injector
from orders.events import cursors, feed
from orders.models import Order
from orders.status import OrderStatus

# What is measured ends then at the latest.
PATIENCE = 300.0
# A fault that lasts, lasts so long.
LASTS = 5.0
# So many orders for each customer.
EACH = 100


@dataclass
class Recovered:
    """Seconds from the end of a fault; None: not within PATIENCE."""

    kind: str
    first: float | None
    last: float | None
    heard: float | None


class Prober(threading.Thread):
    """A customer who orders again and again; `taken` has when an order was taken."""

    def __init__(self, doors: Sequence[Door], who: Customer, sku: str) -> None:
        super().__init__(daemon=True)
        headers = {"Authorization": f"Bearer {who.key}", "Accept": "application/json"}
        self.caller = Caller(Doors(doors), headers)
        self.cart = json.dumps(
            {"items": [{"sku": sku, "quantity": 1}], "address_id": who.address_id}
        ).encode()
        self.over = threading.Event()
        self.taken: list[float] = []

    def run(self) -> None:
        while not self.over.wait(0.1):
            made = self.caller.ask("POST", "/api/orders/previews/", self.cart)
            if made is None or made.status != 201:
                continue
            preview = made.json()
            body = json.dumps({"price_table_id": preview["shipping_options"][0]["price_table_id"]}).encode()
            placed = self.caller.ask("POST", f"/api/orders/{preview['id']}/", body)
            if placed is not None and placed.status == 201:
                self.taken.append(time.monotonic())


class Recovery:
    """Measures one kind after the other with a system that runs."""

    def __init__(self, injector: Injector, waiting: int) -> None:
        self.injector, self.waiting = injector, waiting
        self.system = injector.system
        (self.other,) = seed.customers(1, run=0)
        self.single, *_others = seed.plenty(run=0)
        self.run, self.buyers, self.products = 0, list[Customer](), list[Product]()

    def of(self, kind: str) -> Recovered:
        """One kind, with the orders that wait meanwhile."""
        fault = plan.of_kind(kind, random.Random(kind))
        if fault.seconds:
            fault = fault._replace(seconds=LASTS)
        # Placing counts a customer's own unpaid orders: with thousands for one it would take the longer the more wait.
        self.run += 1
        self.buyers = seed.customers(max(backlog.CLIENTS, self.waiting // EACH), run=self.run)
        self.products = bench.products(backlog.CLIENTS, prefix=f"WAITING-{self.run}")
        prober = Prober(self.system.doors, self.other, self.single.sku)
        over = threading.Event()
        listener = ListenerThread(self._job(), self._listening(), over)
        prober.start()
        listener.start()
        try:
            backlog.place(self.system.folder, self.waiting, self.buyers, self.products)
            self.injector.suffer(fault)
            ended = time.monotonic()
            last = self._confirmed(ended)
            heard = self._heard(listener, ended)
            self._until(lambda: prober.taken[-1:] > [ended], ended)
            first = next((at - ended for at in list(prober.taken) if at > ended), None)
        finally:
            prober.over.set()
            over.set()
            prober.join(60)
        self._rest()
        return Recovered(kind, first, last, heard)

    # --- orders that wait ---
    def _confirmed(self, since: float) -> float | None:
        ids = [buyer.user_id for buyer in self.buyers]
        waiting = Order.objects.filter(customer_id__in=ids, status=OrderStatus.PENDING)
        return self._until(lambda: not waiting.exists(), since)

    def _heard(self, listener: ListenerThread, since: float) -> float | None:
        def has_all() -> bool:
            position = books.last_position(self.listens.user_id)
            return position > 0 and listener.cursor == cursors.cursor_of(position)

        return self._until(has_all, since)

    def _until(self, ready: Any, since: float) -> float | None:
        while time.monotonic() < since + PATIENCE:
            self.system.tick()
            try:
                if ready():
                    return time.monotonic() - since
            except Error:
                connections.close_all()
            time.sleep(0.05)
        return None

    def _rest(self) -> None:
        """The next kind finds none of the emails that are still waiting."""
        drop_emails()
        self._until(books.is_at_rest, time.monotonic())

    # --- who listens ---
    def _job(self) -> dict[str, Any]:
        return {"doors": self.system.doors, "seed": 0}

    @property
    def listens(self) -> Customer:
        """One of many."""
        return self.buyers[0]

    def _listening(self) -> dict[str, Any]:
        return {"client": 0, "key": self.listens.key, "cursor": feed.present()}


def table(measured: list[Recovered], waiting: int) -> str:
    """Markdown."""
    lines = [
        f"| fault | to the first 201 | to the last of {waiting} confirmed | to the last event heard |",
        "| --- | --- | --- | --- |",
    ]
    for one in measured:
        times = [f"{at:.1f} s" if at is not None else "not" for at in (one.first, one.last, one.heard)]
        lines.append(f"| `{one.kind}` | {' | '.join(times)} |")
    return "\n".join(lines)
