"""The measures of orders: what each does, and how it is counted. Each tells its rate, its CPU by process kind, its limit."""

import itertools
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from benchmarks import seed
from benchmarks.measures.limit import Limit
from benchmarks.rounds import Round, Size, settle, spent_since, wait_until
from benchmarks.shop import BenchFailed, Shop
from catalog.models import Product
from orders.models import Email, Order
from orders.status import OrderStatus

CUSTOMERS = 160
PRODUCTS = 40
HOT_CLIENTS = PLACING_CLIENTS = 16
BUYERS = 8
# What is not confirmed in time, of a product with fewer numbers than orders, is as it should be.
USUAL = (OrderStatus.PENDING, OrderStatus.PAY_REQUIRED, OrderStatus.PAID)


class Bench:
    def __init__(self, shop: Shop, size: Size) -> None:
        self.shop = shop
        self.size = size
        self.customers = seed.customers(CUSTOMERS, prefix="bench")
        self.products = seed.products(PRODUCTS, prefix="BENCH")
        ids = [customer.user_id for customer in self.customers]
        self.carts = {user_id: self._carts() for user_id in ids}
        first = self.customers[0].address_id
        self.limit = Limit(shop.folder, customers=(ids[0], ids[-1]), first_address=first)
        self.serial = self.refused = 0

    def run(self) -> dict[str, list[Round]]:
        """Every measure in rounds; what is compared with its limit is measured in turn with it."""
        names = ("complete", "pages", "placing", "hot", "numbered", "confirming", "confirming2")
        rounds: dict[str, list[Round]] = {name: [] for name in names}
        self.complete(orders=BUYERS)  # what is loaded and opened at first is no order's cost
        self.complete(orders=BUYERS, kind="pages")
        for _nth in range(self.size.rounds):
            rounds["complete"].append(self.complete(orders=self.size.complete))
            rounds["pages"].append(self.complete(orders=self.size.complete, kind="pages"))
        with self.shop.without_worker():
            for _nth in range(self.size.rounds):
                rounds["placing"].append(self.placing())
                rounds["hot"].append(self.hot())
        self.confirm_all()
        drop_emails()  # or they would be sent while orders with numbers are measured
        for _nth in range(self.size.rounds):
            rounds["numbered"].append(self.numbered())
        for workers, name in ((1, "confirming"), (2, "confirming2")) if self.size.backlog else ():
            with self.shop.workers(workers):
                rounds[name] += [self.confirming() for _nth in range(self.size.rounds)]
        self.check_books()
        return {name: of for name, of in rounds.items() if of}

    # --- measures ---

    def complete(
        self, *, orders: int, kind: str = "complete", pace: float = 0, clients: int = BUYERS
    ) -> Round:
        """Customers, each with one order after the other: preview, place, confirmed, paid, emails sent.

        With a pace each begins an order every so many seconds.
        """
        jobs = [
            self._client(customer, orders // clients) | {"pace": pace}
            for customer in self.customers[:clients]
        ]
        with self._counted(orders) as spent:
            done = self.shop.load(kind, jobs)
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
        placed, done, spent = self._placed(self._wanting(product, count), count)
        product.refresh_from_db()
        if placed != stock or product.stock_quantity != 0:
            raise BenchFailed(f"{placed} of {stock} pieces were sold, {product.stock_quantity} are left")
        found = self._round(done, count, spent)
        (one,) = seed.products(1, prefix=f"ROW{self.serial}")
        found.limit = self._limit("hot", [(one.pk, one.pk)])
        return found

    def numbered(self) -> Round:
        """The same of a product with numbers, which are given out when orders are confirmed: each number to one order."""
        count, self.serial = self.size.hot, self.serial + 1
        numbers = count * 9 // 10
        product = seed.numbered(prefix=f"NUMBERED{self.serial}", numbers=numbers)
        mine = Order.objects.filter(lines__product=product)
        clients = self._previewed(self._wanting(product, count))
        with self._counted(count) as spent:
            begun = time.monotonic()
            done = self.shop.load("placings", clients)
            pending = Order.objects.filter(status=OrderStatus.PENDING)
            wait_until(lambda: not pending.exists(), "the orders are not confirmed")
            seconds = time.monotonic() - begun
            settle()
        placed, sold = mine.count(), mine.filter(status=OrderStatus.PAY_REQUIRED).count()
        if sold != numbers:
            raise BenchFailed(f"{sold} of {numbers} numbers were sold to {placed} orders")
        self.refused += placed - sold
        found = self._round(done, count, spent)
        found.rate = count / seconds
        return found

    def confirm_all(self) -> None:
        """What was placed while the worker stood still."""
        pending = Order.objects.filter(status=OrderStatus.PENDING)
        wait_until(lambda: not pending.exists(), "the orders are not confirmed")

    def confirming(self) -> Round:
        """Confirm what pgbench has placed without a hint while no worker ran.

        Emails are sent meanwhile, as they are in a shop that catches up; what is left of them the next round does not find.
        """
        with self.shop.without_worker():
            ids = [product.pk for product in self.products]
            ranges = [(ids[0], ids[19]), (ids[20], ids[-1])]
            self.limit.run("backlog", products=ranges, transactions=self.size.backlog)
        before, begun = self.shop.used(), time.monotonic()
        self.confirm_all()
        seconds, count = time.monotonic() - begun, self.size.backlog
        spent = spent_since(before, self.shop, count)
        drop_emails()
        return Round(count / seconds, spent)

    def check_books(self) -> None:
        """Everything that was placed is confirmed or paid or waits, and the audit finds the books right."""
        if (lost := Order.objects.exclude(status__in=USUAL).count()) != self.refused:
            raise BenchFailed(f"{lost} orders are neither confirmed nor paid, {self.refused} found no number")
        if left := Order.objects.filter(status=OrderStatus.PENDING).count():
            raise BenchFailed(f"{left} orders were not confirmed")
        if Product.objects.filter(stock_quantity__lt=0).exists():
            raise BenchFailed("more was sold than there is")
        call_command("audit")

    # --- how ---

    def clients(self, count: int) -> list[dict[str, Any]]:
        """Customers with empty carts."""
        return [self._client(customer, 0) for customer in self.customers[:count]]

    def expect(self, is_so: bool, complaint: str) -> None:  # noqa: FBT001 as an assertion has it
        if not is_so:
            raise BenchFailed(complaint)

    def _client(self, customer: seed.Customer, orders: int) -> dict[str, Any]:
        carts = list(itertools.islice(self.carts[customer.user_id], orders))
        mine = {"address": customer.address_id, "key": customer.key, "session": customer.session}
        return {"name": customer.user_id, "carts": carts, **mine}

    def _carts(self) -> Iterator[dict[str, int]]:
        """One customer's, no two of them alike for long: a page asks whoever buys the same again whether that is meant."""
        half = PRODUCTS // 2
        pairs = list(itertools.product(self.products[:half], self.products[half:]))
        random.shuffle(pairs)
        return itertools.cycle({one.sku: 1, other.sku: 1} for one, other in pairs)

    def _wanting(self, product: Product, count: int) -> list[dict[str, Any]]:
        carts = [{product.sku: 1}] * (count // HOT_CLIENTS)
        return [self._client(customer, 0) | {"carts": carts} for customer in self.customers[:HOT_CLIENTS]]

    def _placed(
        self, clients: list[dict[str, Any]], count: int
    ) -> tuple[int, dict[str, Any], dict[str, float]]:
        """Place what the clients have in their carts; previewing is not counted."""
        clients = self._previewed(clients)
        with self._counted(count) as spent:
            done = self.shop.load("placings", clients)
        return done["statuses"].get("place 201", 0), done, spent

    def _previewed(self, clients: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The clients with a preview of each of their carts."""
        made = self.shop.load("previews", clients)["bodies"]
        return [
            client | {"previews": [one for one in made if one["who"] == client["name"]]} for client in clients
        ]

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


def drop_emails() -> None:
    """Those that wait are not sent any more; one that a worker has in hand is left to it until it lets go."""
    left = Email.objects.filter(next_attempt_at__isnull=False)
    while left.exists():
        with transaction.atomic():
            free = [email.pk for email in left.select_for_update(skip_locked=True).only("pk")[:5000]]
            Email.objects.filter(pk__in=free).update(
                next_attempt_at=None, leased_until=None, sent_at=timezone.now()
            )
