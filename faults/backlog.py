"""Orders that come to be at one moment, thousands of them: pgbench writes what placing writes, and waits for the word."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

from benchmarks.measures.limit import ORDER, Limit, of_products
from benchmarks.rounds import wait_until
from benchmarks.seed import Customer
from catalog.models import Product

# Each has a transaction, customers and a product of its own, so that none of them waits for another.
CLIENTS = 4
# The lock at whose release all of them commit.
GATE = 20_261_201
STANDING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted"


def place(folder: Path, count: int, customers: Sequence[Customer], products: Sequence[Product]) -> None:
    """So many orders, each of a customer by chance, committed at one moment.

    Both are CLIENTS at least, and the ids of each follow each other, as `benchmarks.seed` makes them. Raises BenchFailed.
    """
    ids = [customer.user_id for customer in customers]
    limit = Limit(folder, customers=(ids[0], ids[-1]), first_address=customers[0].address_id)
    order = _order(limit, len(ids) // CLIENTS, products[0].pk)
    orders = "".join([order] * (count // CLIENTS))
    script = f"BEGIN;{orders}SELECT pg_advisory_xact_lock_shared({GATE});\nCOMMIT;\n"
    with _gate():
        running = limit.begin("at_one_moment", script, "-M", "extended", "-c", CLIENTS, "-t", 1)
        wait_until(lambda: running.is_over or _standing() == CLIENTS, "the orders are not placed")
    running.end()


def _order(limit: Limit, own: int, first_product: int) -> str:
    """One order of the client's own customers and product."""
    words = limit.words | of_products([(first_product, first_product)])
    return (
        f"\n\\set customer {words['first_customer']} + :client_id * {own} + random(0, {own - 1})\n"
        f"\\set address :customer + ({words['first_address']} - {words['first_customer']})\n"
        f"\\set p1 {first_product} + :client_id" + ORDER.format(**words)
    )


@contextmanager
def _gate() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [GATE])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [GATE])


def _standing() -> int:
    with connection.cursor() as cursor:
        cursor.execute(STANDING, [GATE])
        (count,) = cursor.fetchone()
    return int(count)
