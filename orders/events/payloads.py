"""What an event of the feed says."""

from datetime import UTC, datetime
from typing import Any

from orders.events.cursors import cursor_of
from orders.models import FeedEntry, LedgerEntry, Notice, Order, OrderChange, Shipment, StatusChange
from orders.status import FIRST, OrderStatus

PLACED = "order.placed"
# By the kind of the ledger's row.
OF_MONEY = {
    str(LedgerEntry.Kind.REFUNDED): "order.money_returned",
    str(LedgerEntry.Kind.REFUND_FAILED): "order.refund_failed",
}
CHANGED = "order.changed"
# A parcel that left while more was to come; the last one is told of by order.done.
SHIPPED = "order.shipped"
READY = "order.ready"
TYPES = (
    PLACED,
    *(f"order.{status}" for status in OrderStatus if status != FIRST),
    *OF_MONEY.values(),
    CHANGED,
    SHIPPED,
    READY,
    *(f"order.{kind}" for kind in Notice.Kind),
)


def event(entry: FeedEntry) -> dict[str, Any]:
    """An entry as feed, socket and webhook send it: codes and no words, so the same to everybody, now and later."""
    if entry.change:
        type_, at, data = _type(entry.change), entry.change.at, _change(entry.order, entry.change)
    elif entry.edit:
        type_, at, data = CHANGED, entry.edit.at, _edit(entry.order, entry.edit)
    elif entry.shipment:
        type_, at, data = SHIPPED, entry.shipment.at, _shipped(entry.order, entry.shipment)
    elif entry.ready:
        type_, at, data = READY, entry.ready.at, _ready(entry.order)
    elif entry.notice:
        type_, at, data = type_of(entry), entry.notice.at, _notice(entry.order, entry.notice)
    else:
        assert entry.money, "the database sees to it that an entry tells one thing"
        type_, at, data = OF_MONEY[entry.money.kind], entry.money.at, _money(entry.order, entry.money)
    return {
        "type": type_,
        "cursor": cursor_of(entry.position or 0),
        "timestamp": written(at),
        "data": data,
    }


def type_of(entry: FeedEntry) -> str:
    """The type of the event that an entry is."""
    if entry.change:
        return _type(entry.change)
    if entry.edit:
        return CHANGED
    if entry.shipment_id:
        return SHIPPED
    if entry.ready_id:
        return READY
    if entry.notice:
        return f"order.{entry.notice.kind}"
    assert entry.money, "the database sees to it that an entry tells one thing"
    return OF_MONEY[entry.money.kind]


def _type(change: StatusChange) -> str:
    return PLACED if change.sequence == 1 else f"order.{change.to_status}"


def _change(order: Order, change: StatusChange) -> dict[str, Any]:
    change.order = order
    return {
        "order": str(order.pk),
        "number": str(order.number),
        "sequence": change.sequence,
        "from_status": change.from_status,
        "to_status": change.to_status,
        "reason": change.reason,
        "actor": change.who,
        "total_amount": str(order.total_amount),
        "currency": order.currency,
    }


def _shipped(order: Order, shipment: Shipment) -> dict[str, Any]:
    return {"order": str(order.pk), "number": str(order.number), "shipment": shipment.sequence}


def _ready(order: Order) -> dict[str, Any]:
    return {"order": str(order.pk), "number": str(order.number)}


def _notice(order: Order, told: Notice) -> dict[str, Any]:
    return _ready(order) | {"actor": who(told.actor_id, order), **told.about}


def _money(order: Order, entry: LedgerEntry) -> dict[str, Any]:
    return {
        "order": str(order.pk),
        "number": str(order.number),
        "amount": str(entry.amount),
        "currency": order.currency,
    }


def _edit(order: Order, edit: OrderChange) -> dict[str, Any]:
    edit.order = order
    return {
        "order": str(order.pk),
        "number": str(order.number),
        "change": str(edit.pk),
        "sequence": edit.sequence,
        "kind": edit.kind,
        "actor": edit.who,
        "amount": str(edit.amount),
        "currency": order.currency,
    }


def who(actor_id: int | None, order: Order) -> str:
    """Who did it: `customer`, `staff` or `system`."""
    if actor_id is None:
        return "system"
    return "customer" if actor_id == order.customer_id else "staff"


def written(at: datetime) -> str:
    """A time as the API writes it: ISO 8601 in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
