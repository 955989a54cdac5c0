"""Proves the books: every order, payment, product, number and history is explained, or a line says which is not.

It only reads. Each check is one statement over whole tables that returns nothing but its findings, so that a million
orders pass through PostgreSQL once for each check, and never through Python. Of pictures, which are few, the files are
looked for.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from orders.audit.checks import (
    catalog,
    chains,
    changes,
    exchanges,
    media,
    messages,
    orders,
    parcels,
    preorders,
    times,
    words,
)
from orders.audit.checks.money import bank, discounts, gift_cards, overrides, reconciliations, tax

# One snapshot for all checks, while the shop goes on. The site's limit for a statement is not for whole tables, nor is
# what the planner thinks best for the first rows of a cursor, or for few rows where it knows too little. With the memory
# that a statement gets elsewhere, most of a large shop would be written to disk and read again.
BEGIN = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    "SET LOCAL statement_timeout = 0; SET LOCAL cursor_tuple_fraction = 1; SET LOCAL enable_nestloop = off",
    "SET LOCAL work_mem = '64MB'",
)


# The modules with checks, in the order in which their findings are told.
ROOMS = (
    orders,
    catalog,
    discounts,
    overrides,
    changes,
    exchanges,
    parcels,
    preorders,
    bank,
    gift_cards,
    tax,
    words,
    times,
    chains,
    messages,
    reconciliations,
)


@contextmanager
def snapshot() -> Iterator[None]:
    """What is read inside is the shop at one moment; nothing can be written. Not to be opened in a transaction."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            for statement in BEGIN:
                cursor.execute(statement)
        yield


def findings() -> Iterator[str]:
    """A line for each thing that does not add up, as the database finds them. Needs a transaction, see `snapshot`."""
    yield from _in_rows()
    yield from media.missing()


def _in_rows() -> Iterator[str]:
    for room in ROOMS:
        for check in room.CHECKS:
            yield from _lines(check, room.PARAMETERS)


def _lines(check: str, parameters: Mapping[str, Any]) -> Iterator[str]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(check, parameters)
        for (line,) in cursor:
            yield line


@dataclass(frozen=True)
class Money:
    """Sums of one currency's ledger rows."""

    currency: str
    captured: Decimal
    refunded: Decimal

    @property
    def held(self) -> Decimal:
        return self.captured - self.refunded


@dataclass(frozen=True)
class Summary:
    orders: int
    products: int
    numbers: int
    money: list[Money]


COUNTS = """
SELECT (SELECT count(*) FROM orders_order), (SELECT count(*) FROM catalog_product),
    (SELECT count(*) FROM catalog_number)
"""

SUMS = """
SELECT o.currency, coalesce(sum(e.amount) FILTER (WHERE e.kind = 'captured'), 0),
    coalesce(sum(CASE e.kind WHEN 'refunded' THEN e.amount ELSE -e.amount END)
        FILTER (WHERE e.kind IN ('refunded', 'refund_failed')), 0)
FROM orders_ledgerentry e JOIN orders_order o ON o.id = e.order_id
GROUP BY o.currency ORDER BY o.currency
"""


def summary() -> Summary:
    """How much there is."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTS)
        orders, products, numbers = cursor.fetchone()
        cursor.execute(SUMS)
        return Summary(orders, products, numbers, [Money(*row) for row in cursor.fetchall()])
