"""The feed: an entry for each step and each returned amount, in the order of time, as the database's triggers would add."""

from demo.fill.insertion import insert, run
from orders.events.feed import WRITER
from orders.models import FeedEntry

# Money is back just before the step that says so.
HAPPENED = """
SELECT order_id, customer, id AS change_id, NULL::bigint AS money_id, at, n, sequence FROM fill_history
UNION ALL
SELECT o.id, o.customer, NULL, e.id, e.at, o.n, 4.5 FROM orders_ledgerentry e JOIN fill_orders o ON o.id = e.order_id
WHERE e.kind = 'refunded'
"""


def tell() -> None:
    """Add what happened, after the feed's present end; no other writer gives positions until the commit."""
    run("SELECT pg_advisory_xact_lock(%(writer)s)", writer=WRITER)
    insert(
        FeedEntry,
        f"(SELECT h.*, row_number() OVER (ORDER BY at, n, sequence) AS place FROM ({HAPPENED}) h) h "
        "JOIN fill_people p ON p.n = h.customer "
        "CROSS JOIN (SELECT coalesce(max(position), 0) AS position FROM orders_feedentry) last ORDER BY h.place",
        order_id="h.order_id",
        customer_id="p.id",
        change_id="h.change_id",
        money_id="h.money_id",
        position="last.position + h.place",
    )
