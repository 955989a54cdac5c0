"""Whether a read costs more in a shop with many orders and products: its CPU before and after the shop is filled."""

from typing import Any

from django.core.management import call_command
from django.db import connection

from benchmarks.measures.orders import BUYERS, Bench
from benchmarks.rounds import Finding, settle
from orders.models import Order

PRODUCTS_TO_ORDERS = 20
# A shop that is small; and how often each is read: the kernel counts CPU in hundredths of a second.
FEW, TIMES = 1000, 300
PATHS = {
    "the orders of a customer": "/api/orders/",
    "an order": "/api/orders/{order}/",
    "its history": "/api/orders/{order}/history/",
    "products": "/api/products/",
    "products by a word": "/api/products/?q=bench",
    "what happened": "/api/events/",
    "the page of products": "/products/",
    "the page of an order": "/orders/{order}/",
    "the page of orders": "/orders/",
}


def grown(bench: Bench) -> list[Finding]:
    """How many times the CPU of each read is what it was, once the shop is filled."""
    rows = bench.size.rows
    before = _all(bench)
    _fill(orders=rows, products=max(2, rows // PRODUCTS_TO_ORDERS))
    return _compared(before, _all(bench), f"with {rows} orders more")


def of_many(bench: Bench, rows: int) -> list[Finding]:
    """The same of so many orders and so many products beside those of a shop with a thousand of each."""
    bench.complete(orders=BUYERS)
    _fill(orders=FEW, products=FEW)
    before = _all(bench)
    _fill(orders=rows - FEW, products=rows - FEW)
    return _compared(before, _all(bench), f"with {rows} orders and products, beside {FEW}")


def _fill(*, orders: int, products: int) -> None:
    call_command("fill", orders=orders, products=products, yes=True)
    settle()


def _compared(before: dict[str, float], after: dict[str, float], of: str) -> list[Finding]:
    return [Finding(f"reading {name} {of}", after[name] / before[name], "times", 1.3) for name in PATHS]


def read(bench: Bench, times: int = 1) -> dict[str, dict[str, Any]]:
    """Ask for each so often, and expect that it is there; by name who asks for what."""
    (who,) = bench.clients(1)
    order = Order.objects.filter(customer=who["name"]).latest("placed_at")
    readers = {name: who | {"path": path.format(order=order.pk)} for name, path in PATHS.items()}
    for reader in readers.values():
        done = bench.shop.load("reads", [reader | {"times": times}])
        bench.expect(done["statuses"] == {"read 200": times}, f"{reader['path']}: {done['statuses']}")
    return readers


def _all(bench: Bench) -> dict[str, float]:
    """After what autovacuum does in its time, which would be counted as PostgreSQL's otherwise, and make its plans new."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return {name: _spent(bench, reader) for name, reader in read(bench, times=4).items()}


def _spent(bench: Bench, reader: dict[str, Any]) -> float:
    """Seconds of CPU of web processes and PostgreSQL."""
    before = bench.shop.used()
    done = bench.shop.load("reads", [reader | {"times": TIMES}])
    bench.expect(done["statuses"] == {"read 200": TIMES}, f"{reader['path']}: {done['statuses']}")
    after = bench.shop.used()
    return sum(after[kind] - before[kind] for kind in ("web", "postgres"))
