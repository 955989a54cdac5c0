"""Fills a shop with as many products and orders as one wants to measure it with: each order whole, and the books true.

Everything is made inside PostgreSQL, by few statements over temporary tables, so that a million orders take minutes.
"""

from django.db import connection, transaction

from demo.fill import catalog, documents, feed, money, orders, people, plans
from demo.fill.insertion import run
from orders import chaining
from orders.models import InvoiceCounter, LedgerEntry, Order, StatusChange

# These triggers want an order inserted as pending and moved step by step, a counter that counts by one, and rows that reach
# the feed one by one: millions of statements. They alone are off while orders are inserted in their last status. Every
# other promise of the database is checked as ever (each foreign key too, at the end of its statement), and
# `manage.py audit` afterwards proves what these would have.
IN_THE_WAY = (
    (Order, "placed_as_pending"),
    (StatusChange, "in_the_feed"),
    (LedgerEntry, "in_the_feed"),
    (InvoiceCounter, "counts_on_by_one"),
    # Rows are linked at the end, all at once: a trigger that begins with an empty table plans for one that stays small.
    *((model, "linked") for _chain, model in chaining.CHAINS),
)
# What histories say besides their own rows.
READ_BY_CHAINS = (
    *("orders_order", "orders_orderline", "orders_allocation", "catalog_number"),
    *("orders_orderdiscount", "orders_discountshare"),
)


def has_orders() -> bool:
    return Order.objects.exists()


@transaction.atomic
def fill(*, orders_wanted: int, products_wanted: int) -> None:
    """Add so many orders (1 or more) of the last 400 days, and so many products (2 or more) that they are for.

    No order can be placed until it is done. A second run adds as many again.
    """
    run("SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL statement_timeout = 0; SET LOCAL work_mem = '64MB'")
    _guards("DISABLE")
    plans.draw(orders_wanted=orders_wanted, products_wanted=products_wanted)
    people.invite()
    catalog.lay_out()
    orders.place()
    catalog.stock_up()
    orders.remember()
    money.take()
    documents.write()
    feed.tell()
    _guards("ENABLE")
    run(f"ANALYZE {', '.join((*(chain.table for chain, _model in chaining.CHAINS), *READ_BY_CHAINS))}")
    chaining.link_all()
    plans.forget()


def _guards(switch: str) -> None:
    for model, name in IN_THE_WAY:
        trigger = next(one for one in model._meta.triggers if one.name == name)
        run(f'ALTER TABLE {model._meta.db_table} {switch} TRIGGER "{trigger.get_pgid(model)}"')


def analyze() -> None:
    """Let the planner know what there is now, as autovacuum would in a while."""
    with connection.cursor() as cursor:
        # For the session, as no transaction can hold a VACUUM; the site's limit for a statement is not for whole tables.
        cursor.execute("SET statement_timeout = 0")
        try:
            cursor.execute("VACUUM ANALYZE")
        finally:
            cursor.execute("RESET statement_timeout")
