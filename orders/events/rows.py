"""Entries of the feed as one statement reads them, with what they tell of."""

import json
from collections.abc import Sequence
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model

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

Row = TypeVar("Row", bound=Model)


# What follows upon a position, with all that its events say. Each entry looks up what it tells of by its key, up to the
# limit and in order: OFFSET 0 keeps a plan that was made while the tables were small from joining whole ones.
SINCE = """
SELECT f.position, f.customer_id, f.order_id, f.change_id, f.money_id, o.number, o.total_amount, o.currency,
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
WHERE f.position > %(after)s ORDER BY f.position LIMIT {limit}
"""
OF_ORDER = ("id", "customer_id", "number", "total_amount", "currency")
OF_CHANGE = ("id", "order_id", "sequence", "from_status", "to_status", "at", "actor_id", "reason")
OF_MOVEMENT = ("id", "order_id", "kind", "amount", "at")
OF_EDIT = ("id", "order_id", "sequence", "kind", "at", "actor_id", "amount")
OF_SHIPMENT = ("id", "order_id", "sequence", "at")
OF_READY = ("id", "order_id", "at")
OF_NOTICE = ("id", "order_id", "kind", "at", "actor_id", "about")


def entry_of(row: tuple[Any, ...]) -> FeedEntry:
    """A row of SINCE as the models that events are made from."""
    position, customer_id, order_id, change_id, money_id, *said = row
    edit_id, shipment_id, ready_id, notice_id = said[12], said[18], said[21], said[23]
    entry = FeedEntry(
        position=position,
        customer_id=customer_id,
        change_id=change_id,
        money_id=money_id,
        edit_id=edit_id,
        shipment_id=shipment_id,
        ready_id=ready_id,
        notice_id=notice_id,
    )
    entry.order = _part(Order, OF_ORDER, (order_id, customer_id, *said[:3]))
    if change_id:
        entry.change = _part(StatusChange, OF_CHANGE, (change_id, order_id, *said[3:9]))
    if money_id:
        entry.money = _part(LedgerEntry, OF_MOVEMENT, (money_id, order_id, *said[9:12]))
    if edit_id:
        entry.edit = _part(OrderChange, OF_EDIT, (edit_id, order_id, *said[13:18]))
    if shipment_id:
        entry.shipment = _part(Shipment, OF_SHIPMENT, (shipment_id, order_id, *said[19:21]))
    if ready_id:
        entry.ready = _part(ReadyNotice, OF_READY, (ready_id, order_id, said[22]))
    if notice_id:
        about = json.loads(said[27])  # Django has PostgreSQL give JSON as text
        entry.notice = _part(Notice, OF_NOTICE, (notice_id, order_id, *said[24:27], about))
    return entry


def _part(model: type[Row], names: Sequence[str], values: Sequence[Any]) -> Row:
    """An object with these of its columns; Django takes them in the model's own order."""
    said = dict(zip(names, values, strict=True))
    given = [field.attname for field in model._meta.concrete_fields if field.attname in said]
    return model.from_db(connection.alias, given, [said[name] for name in given])
