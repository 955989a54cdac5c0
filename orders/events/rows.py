"""Entries of the feed as one statement reads them, with what they tell of."""

import json
from typing import Any

from database.rows import part_of
from orders.models import (
    FeedEntry,
    LedgerEntry,
    Notice,
    Order,
    OrderChange,
    ReadyNotice,
    Shipment,
    StatusChange,
)

# What follows upon a position, with all that its events say, in the round trip that gives what waits its position; without
# giving any where `most` is 0 (migrations/0143_news_since.py). A single row without a position: ask `give_positions` first.
NEWS = "SELECT * FROM orders_news_since(%(after)s, %(most)s, %(up_to)s)"
# The same columns after the id, of what has its position already: of everybody, of one customer, of one order.
READ = """
SELECT f.id, f.position, f.customer_id, f.order_id, f.change_id, f.money_id, o.number, o.total_amount, o.currency,
    c.sequence, c.from_status, c.to_status, c.at, c.actor_id, c.reason, m.kind, m.amount, m.at,
    f.edit_id, e.sequence, e.kind, e.at, e.actor_id, e.amount, f.shipment_id, s.sequence, s.at,
    f.ready_id, r.at, f.notice_id, n.kind, n.at, n.actor_id, n.about
FROM orders_feedentry f
JOIN LATERAL (SELECT * FROM orders_order WHERE id = f.order_id OFFSET 0) o ON TRUE
LEFT JOIN LATERAL (SELECT * FROM orders_statuschange WHERE id = f.change_id OFFSET 0) c ON TRUE
LEFT JOIN LATERAL (SELECT * FROM orders_ledgerentry WHERE id = f.money_id OFFSET 0) m ON TRUE
LEFT JOIN LATERAL (SELECT * FROM orders_orderchange WHERE id = f.edit_id OFFSET 0) e ON TRUE
LEFT JOIN LATERAL (SELECT * FROM orders_shipment WHERE id = f.shipment_id OFFSET 0) s ON TRUE
LEFT JOIN LATERAL (SELECT * FROM orders_readynotice WHERE id = f.ready_id OFFSET 0) r ON TRUE
LEFT JOIN LATERAL (SELECT * FROM orders_notice WHERE id = f.notice_id OFFSET 0) n ON TRUE
WHERE f.position > %(after)s::bigint {of} ORDER BY f.position LIMIT %(limit)s::int
"""
READ_ALL = READ.format(of="")
READ_OWN = READ.format(of="AND f.customer_id = %(customer)s::bigint")
# By the index of its customer's.
READ_ORDER = READ.format(
    of="""AND f.order_id = %(order)s::uuid
    AND f.customer_id = (SELECT customer_id FROM orders_order WHERE id = %(order)s::uuid)"""
)
OF_ENTRY = (
    "id", "position", "customer_id", "order_id",
    "change_id", "money_id", "edit_id", "shipment_id", "ready_id", "notice_id",
)  # fmt: skip
OF_ORDER = ("id", "customer_id", "number", "total_amount", "currency")
OF_CHANGE = ("id", "order_id", "sequence", "from_status", "to_status", "at", "actor_id", "reason")
OF_MOVEMENT = ("id", "order_id", "kind", "amount", "at")
OF_EDIT = ("id", "order_id", "sequence", "kind", "at", "actor_id", "amount")
OF_SHIPMENT = ("id", "order_id", "sequence", "at")
OF_READY = ("id", "order_id", "at")
OF_NOTICE = ("id", "order_id", "kind", "at", "actor_id", "about")


def entry_of(row: tuple[Any, ...], pk: int | None = None) -> FeedEntry:
    """A row of NEWS, which has no id, as the models that events are made from."""
    position, customer_id, order_id, change_id, money_id, *said = row
    edit_id, shipment_id, ready_id, notice_id = said[12], said[18], said[21], said[23]
    tells = change_id, money_id, edit_id, shipment_id, ready_id, notice_id
    entry = part_of(FeedEntry, OF_ENTRY, (pk, position, customer_id, order_id, *tells))
    entry.order = part_of(Order, OF_ORDER, (order_id, customer_id, *said[:3]))
    if change_id:
        entry.change = part_of(StatusChange, OF_CHANGE, (change_id, order_id, *said[3:9]))
    if money_id:
        entry.money = part_of(LedgerEntry, OF_MOVEMENT, (money_id, order_id, *said[9:12]))
    if edit_id:
        entry.edit = part_of(OrderChange, OF_EDIT, (edit_id, order_id, *said[13:18]))
    if shipment_id:
        entry.shipment = part_of(Shipment, OF_SHIPMENT, (shipment_id, order_id, *said[19:21]))
    if ready_id:
        entry.ready = part_of(ReadyNotice, OF_READY, (ready_id, order_id, said[22]))
    if notice_id:
        about = json.loads(said[27])  # Django has PostgreSQL give JSON as text
        entry.notice = part_of(Notice, OF_NOTICE, (notice_id, order_id, *said[24:27], about))
    return entry
