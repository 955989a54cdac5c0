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


# What follows upon a position, with all that its events say, in the round trip that gives what waits its position; without
# giving any where `most` is 0 (migrations/0143_news_since.py). A single row without a position: ask `give_positions` first.
NEWS = "SELECT * FROM orders_news_since(%(after)s, %(most)s, %(up_to)s)"
OF_ORDER = ("id", "customer_id", "number", "total_amount", "currency")
OF_CHANGE = ("id", "order_id", "sequence", "from_status", "to_status", "at", "actor_id", "reason")
OF_MOVEMENT = ("id", "order_id", "kind", "amount", "at")
OF_EDIT = ("id", "order_id", "sequence", "kind", "at", "actor_id", "amount")
OF_SHIPMENT = ("id", "order_id", "sequence", "at")
OF_READY = ("id", "order_id", "at")
OF_NOTICE = ("id", "order_id", "kind", "at", "actor_id", "about")


def entry_of(row: tuple[Any, ...]) -> FeedEntry:
    """A row of NEWS as the models that events are made from."""
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
