"""The measures: what each does, and how it is counted. Each tells its rate, its CPU by process kind, and its limit."""

import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.core.management import call_command
from django.utils import timezone

from benchmarks import seed
from benchmarks.limit import Limit
from benchmarks.shop import BenchFailed, Shop
from catalog.models import Product
from orders.models import Email, FeedEntry, Order
from orders.status import OrderStatus

PATIENCE = 300
CUSTOMERS = 160
PRODUCTS = 40
HOT_CLIENTS = PLACING_CLIENTS = 16
BUYERS = 8


@dataclass(frozen=True)
class Size:
    """How much of everything: rounds, and orders in each."""

    rounds: int
    complete: int
    placing: int
    hot: int
    # Of pgbench, for each of its runs; none where nothing is compared.
    transactions: int
    # Seconds of a round of confirming, at most.
    confirming: int


FULL = Size(rounds=3, complete=160, placing=320, hot=320, transactions=1600, confirming=10)
QUICK = Size(rounds=1, complete=16, placing=32, hot=32, transactions=0, confirming=60)


@dataclass
class Round:
    """One run of one measure. CPU in milliseconds for each order, by process kind."""

    rate: float
    cpu: dict[str, float]
    limit: float | None = None
    seconds: dict[str, list[float]] = field(default_factory=dict)
    own_cpu: float = 0.0


class Bench:
    def __init__(self, shop: Shop, size: Size) -> None:
        self.shop = shop
        self.size = size
        self.customers = seed.customers(CUSTOMERS, prefix="bench")
        self.products = seed.products(PRODUCTS, prefix="BENCH")
        ids = [customer.user_id for customer in self.customers]
        first = self.customers[0].address_id
        self.limit = Limit(shop.folder, customers=(ids[0], ids[-1]), first_address=first)
        self.serial = 0

    def run(self) -> dict[str, list[Round]]:
        """Every measure in rounds; what is compared with its limit is measured in turn with it."""
        rounds: dict[str, list[Round]] = {"complete": [], "placing": [], "hot": [], "confirming": []}
        self.complete(orders=BUYERS)  # what is loaded and opened at first is no order's cost
        for _nth in range(self.size.rounds):
            rounds["complete"].append(self.complete(orders=self.size.complete))
        with self.shop.without_worker():
            for _nth in range(self.size.rounds):
                rounds["placing"].append(self.placing())
                rounds["hot"].append(self.hot())
        for _nth in range(self.size.rounds):
            rounds["confirming"].append(self.confirming())
        self.check_books()
        return rounds

    # --- measures ---

    def complete(self, *, orders: int) -> Round:
        """Eight customers, each with one order after the other: preview, place, confirmed, paid, emails sent."""
        clients = [self._client(customer, orders // BUYERS) for customer in self.customers[:BUYERS]]
        with self._counted(orders) as spent:
            done = self.shop.load("complete", clients)
            settle()
        paid = done["statuses"].get("order paid", 0)
        if paid != orders:
            raise BenchFailed(f"{paid} of {orders} orders were paid: {done['statuses']}")
        return self._round(done, orders, spent)

    def placing(self) -> Round:
        """Sixteen customers place previews that are there already; two lines each."""
        count = self.size.placing
        clients = [
            self._client(customer, count // PLACING_CLIENTS) for customer in self.customers[:PLACING_CLIENTS]
        ]
        placed, done, spent = self._placed(clients, count)
        if placed != count:
            raise BenchFailed(f"{placed} of {count} were placed: {done['statuses']}")
        ids = [product.pk for product in self.products]
        half = len(ids) // 2
        found = self._round(done, count, spent)
        found.limit = self._limit("placing", [(ids[0], ids[half - 1]), (ids[half], ids[-1])])
        return found

    def hot(self) -> Round:
        """All want the same product, and a tenth of them get none: exactly its stock is sold."""
        count, self.serial = self.size.hot, self.serial + 1
        stock = count * 9 // 10
        (product,) = seed.products(1, prefix=f"HOT{self.serial}", stock=stock)
        carts = [{product.sku: 1}] * (count // HOT_CLIENTS)
        clients = [self._client(customer, 0) | {"carts": carts} for customer in self.customers[:HOT_CLIENTS]]
        placed, done, spent = self._placed(clients, count)
        product.refresh_from_db()
        if placed != stock or product.stock_quantity != 0:
            raise BenchFailed(f"{placed} of {stock} pieces were sold, {product.stock_quantity} are left")
        found = self._round(done, count, spent)
        (one,) = seed.products(1, prefix=f"ROW{self.serial}")
        found.limit = self._limit("hot", [(one.pk, one.pk)])
        return found

    def confirming(self) -> Round:
        """Some seconds of confirming what was placed while the worker stood still, by pgbench without a hint.

        Emails are sent meanwhile, as they are in a shop that catches up.
        """
        pending = Order.objects.filter(status=OrderStatus.PENDING)
        before, waiting, begun = self.shop.used(), pending.count(), time.monotonic()
        wait_until(lambda: self._is_enough(begun) or not pending.exists(), "the orders are not confirmed")
        seconds, confirmed = time.monotonic() - begun, waiting - pending.count()
        return Round(confirmed / seconds, spent_since(before, self.shop, confirmed or 1))

    def _is_enough(self, begun: float) -> bool:
        return time.monotonic() > begun + self.size.confirming

    def check_books(self) -> None:
        """Everything that was placed is confirmed or paid or waits, and the audit finds the books right."""
        usual = (OrderStatus.PENDING, OrderStatus.PAY_REQUIRED, OrderStatus.PAID)
        if lost := Order.objects.exclude(status__in=usual).count():
            raise BenchFailed(f"{lost} orders are neither confirmed nor paid")
        if not self.size.transactions and (left := Order.objects.filter(status=OrderStatus.PENDING).count()):
            raise BenchFailed(f"{left} orders were not confirmed within {self.size.confirming} s")
        if Product.objects.filter(stock_quantity__lt=0).exists():
            raise BenchFailed("more was sold than there is")
        call_command("audit")

    # --- how ---

    def _client(self, customer: seed.Customer, orders: int) -> dict[str, Any]:
        half = PRODUCTS // 2
        carts = [
            {random.choice(self.products[:half]).sku: 1, random.choice(self.products[half:]).sku: 1}  # noqa: S311 a cart
            for _nth in range(orders)
        ]
        mine = {"address": customer.address_id, "key": customer.key, "session": customer.session}
        return {"name": customer.user_id, "carts": carts, **mine}

    def _placed(
        self, clients: list[dict[str, Any]], count: int
    ) -> tuple[int, dict[str, Any], dict[str, float]]:
        """Place what the clients have in their carts; previewing is not counted."""
        made = self.shop.load("previews", clients)["bodies"]
        for client in clients:
            client["previews"] = [one for one in made if one["who"] == client["name"]]
        with self._counted(count) as spent:
            done = self.shop.load("placings", clients)
        return done["statuses"].get("place 201", 0), done, spent

    def _limit(self, name: str, products: list[tuple[int, int]]) -> float | None:
        if not self.size.transactions:
            return None
        return self.limit.run(name, products=products, transactions=self.size.transactions)

    @contextmanager
    def _counted(self, orders: int) -> Iterator[dict[str, float]]:
        """The CPU that the shop uses meanwhile, in milliseconds for each order."""
        before = self.shop.used()
        spent: dict[str, float] = {}
        yield spent
        spent.update(spent_since(before, self.shop, orders))

    def _round(self, done: dict[str, Any], count: int, spent: dict[str, float]) -> Round:
        return Round(
            count / done["seconds"],
            spent,
            seconds=done["latencies"],
            own_cpu=1000 * done["own_cpu"] / count,
        )


def spent_since(before: dict[str, float], shop: Shop, orders: int) -> dict[str, float]:
    """Milliseconds of CPU for each of so many orders, by process kind."""
    now = shop.used()
    return {kind: 1000 * (seconds - before[kind]) / orders for kind, seconds in now.items()}


def settle() -> None:
    """Wait until the emails are sent and all that happened is in the feed: they belong to the order's cost."""
    due = Email.objects.filter(next_attempt_at__lte=timezone.now())
    waiting = FeedEntry.objects.filter(position__isnull=True)
    wait_until(lambda: not due.exists() and not waiting.exists(), "emails or the feed are not done")


def wait_until(is_so: Callable[[], bool], complaint: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > deadline:
            raise BenchFailed(complaint)
        time.sleep(0.05)


def median(values: list[float]) -> float:
    return statistics.median(values) if values else 0.0
