"""Whether a read costs more in a shop with many orders and products: its CPU before and after the shop is filled."""

from typing import Any

from django.core.management import call_command

from benchmarks.measures.orders import Bench
from benchmarks.rounds import Finding, settle
from orders.models import Order

PRODUCTS_TO_ORDERS = 20
TIMES = 60
PATHS = {
    "the orders of a customer": "/api/orders/",
    "an order": "/api/orders/{order}/",
    "its history": "/api/orders/{order}/history/",
    "products": "/api/products/",
    "products by a word": "/api/products/?search=bench",
    "what happened": "/api/events/",
    "the page of products": "/products/",
    "the page of an order": "/orders/{order}/",
    "the page of orders": "/orders/",
}


def grown(bench: Bench) -> list[Finding]:
    """How many times the CPU of each read is what it was, once the shop is filled."""
    before = _all(bench)
    rows = bench.size.rows
    call_command("fill", orders=rows, products=max(2, rows // PRODUCTS_TO_ORDERS), yes=True)
    settle()
    after = _all(bench)
    return [
        Finding(f"reading {name} with {rows} orders more", after[name] / before[name], "times", 1.3)
        for name in PATHS
    ]


def _all(bench: Bench) -> dict[str, float]:
    (who,) = bench.clients(1)
    order = Order.objects.filter(customer=who["name"]).latest("placed_at")
    found = {}
    for name, path in PATHS.items():
        reader = who | {"path": path.format(order=order.pk)}
        bench.shop.load("reads", [reader | {"times": 4}])
        found[name] = _spent(bench, reader)
    return found


def _spent(bench: Bench, reader: dict[str, Any]) -> float:
    """Seconds of CPU of web processes and PostgreSQL."""
    before = bench.shop.used()
    done = bench.shop.load("reads", [reader | {"times": TIMES}])
    bench.expect(done["statuses"] == {"read 200": TIMES}, f"{reader['path']}: {done['statuses']}")
    after = bench.shop.used()
    return sum(after[kind] - before[kind] for kind in ("web", "postgres"))
