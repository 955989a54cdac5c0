"""What every order reads and writes by prepared statements is found by an index, however many orders there are.

Such a statement is planned once for all values (database/base.py), so its plan can be looked at here.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from database import fetch
from orders.emails.queue import send_due
from orders.events import feed
from orders.lifecycle.confirmation import confirm_orders
from orders.models import Email, Order
from tests.test_budget import Program

pytestmark = pytest.mark.django_db(transaction=True)
# The same rows for all orders: what staff set up, and what is open at this moment.
FEW = {
    "catalog_category",
    "catalog_taxclass",
    "orders_courier",
    "orders_priceband",
    "orders_pricetable",
    "orders_promotion",
    "orders_promotion_categories",
    "orders_promotion_products",
    "orders_taxrate",
    "orders_webhookendpoint",
    "orders_zone",
    "orders_zoneplace",
    "outbox_quiet",
}


def buy(program: Program) -> None:
    """A whole order, with all that is sent of it."""
    order = program.place(program.preview())
    confirm_orders(order_ids=[order.pk])
    program.post(f"{order.pk}/payment/", {})
    browser = Client()
    browser.force_login(program.buyer.user, backend="django.contrib.auth.backends.ModelBackend")
    assert browser.post(f"/orders/{order.pk}/pay/", {"outcome": "approve"}).status_code == 303
    send_due()
    feed.since(0, concerns=lambda _customer, _order: True)


def plans() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each prepared statement of this connection with its plan, in which no table is read as a whole that need not be."""
    known = fetch("SELECT name, statement, cardinality(parameter_types) FROM pg_prepared_statements", ())
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute("DISCARD PLANS")
        for name, statement, values in known:
            given = f"({', '.join(['NULL'] * values)})" if values else ""
            cursor.execute(f'EXPLAIN (FORMAT JSON) EXECUTE "{name}"{given}')
            found = cursor.fetchone()[0]
            yield statement, (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
        cursor.execute("RESET enable_seqscan")


def read_as_a_whole(plan: dict[str, Any]) -> Iterator[str]:
    """The tables that a plan reads from one end to the other, also along an index."""
    of_table = plan.get("Relation Name")
    by_index = plan["Node Type"].startswith(("Index", "Bitmap")) and (
        "Index Cond" in plan or "Recheck Cond" in plan or is_partial(plan.get("Index Name", ""))
    )
    if of_table and plan["Node Type"] != "ModifyTable" and not by_index:
        yield of_table
    for part in plan.get("Plans", ()):
        yield from read_as_a_whole(part)


def is_partial(index: str) -> bool:
    """Whether an index has some of the rows alone, such as those that wait for something."""
    statement = (
        "SELECT indpred IS NOT NULL FROM pg_index JOIN pg_class ON oid = indexrelid WHERE relname = %s"
    )
    return bool(index) and fetch(statement, [index]) == [(True,)]


def test_nothing_of_an_order_is_found_by_reading_a_whole_table():
    program = Program()
    for _nth in range(3):
        buy(program)
    assert Order.objects.filter(status="paid").count() == 3
    assert Email.objects.filter(sent_at__isnull=False).count() > 3

    found = list(plans())

    assert len(found) > 40
    read = [(table, sql) for sql, plan in found for table in read_as_a_whole(plan) if table not in FEW]
    assert not read
