"""What happened to orders, in order and without gaps, from any point on: read by API clients, sockets and webhooks.

A row is in the feed as soon as its transaction commits, and has no position yet. Positions are given by one writer at a
time, to what is committed, so a transaction that commits late comes later and never slips behind a reader's cursor.
"""

import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from database import fetch
from orders.errors import InvalidInput, OrderError
from orders.events import fan_out
from orders.events.rows import SINCE, entry_of
from orders.models import FeedEntry, LedgerEntry, Order, OrderChange, Shipment, StatusChange
from orders.rights import OrderRights
from orders.status import FIRST, OrderStatus
from staff.rights import may

if TYPE_CHECKING:
    from accounts.models import User

# The key of the advisory lock under which positions are given, held until the commit. Any number, used nowhere else.
WRITER = 7_302_001
MAX_PAGE_SIZE = 100
# Entries that get their positions in one transaction, and the seconds after which a call begins no further one.
BATCH_SIZE, GIVING_SECONDS = 5000, 5
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
)


class CursorAhead(OrderError):
    """The feed ends before the cursor: since that was told, the shop was put back to an earlier state, from a backup."""

    code = "cursor_ahead"
    status = 410
    title = gettext_lazy("The cursor is ahead of the feed")
    message = gettext_lazy(
        "The feed ends before this cursor. Please begin again, without a cursor or from now on."
    )
    advice = gettext_lazy(
        "The shop was restored from a backup, and what came after it is not in the feed any more. Begin again: without "
        "`after` from the beginning, where you pass over what you know, or with `after=now`."
    )


# Ids of one order's rows ascend, as they are inserted under the order's lock; so an order's events keep their order.
NUMBER = """
WITH waiting AS (
    SELECT id, row_number() OVER (ORDER BY id) AS place
    FROM (SELECT id FROM orders_feedentry WHERE position IS NULL ORDER BY id LIMIT %s) AS piece
), last AS (
    SELECT coalesce(max(position), 0) AS position FROM orders_feedentry
)
UPDATE orders_feedentry f SET position = last.position + waiting.place
FROM waiting, last WHERE f.id = waiting.id
RETURNING f.id
"""


# In one round trip, where no endpoint of webhooks is owed anything; where one is, -1, and nothing is given
# (migrations/0056_give_positions.py).
GIVE = "SELECT orders_give_positions(%(most)s)"


def give_positions() -> int:
    """Give the next positions to all that was committed since; returns how many there were.

    A large backlog gets them in pieces, each committed by itself, and none is begun after GIVING_SECONDS: the next call
    goes on. As one piece it would run into the timeout of statements, and the feed would never move again.
    """
    given, until = 0, time.monotonic() + GIVING_SECONDS
    while piece := _give_piece():
        given += piece
        if piece < BATCH_SIZE or time.monotonic() >= until:
            break
    return given


def _give_piece() -> int:
    given: int = fetch(GIVE, {"most": BATCH_SIZE})[0][0]
    return given if given >= 0 else _give_and_owe()


def _give_and_owe() -> int:
    """In the transaction that gives positions the endpoints of webhooks are owed it: each everything, and once."""
    with transaction.atomic(), connection.cursor() as cursor:
        # A statement of its own: the next one must see what the last writer committed.
        hold_still()
        cursor.execute(NUMBER, [BATCH_SIZE])
        numbered = [entry_id for (entry_id,) in cursor.fetchall()]
        fan_out.owe_to_all(entry_ids=numbered, type_of=type_of)
        return len(numbered)


def hold_still() -> None:
    """Take the lock under which positions are given, until the caller's transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [WRITER])


def last_position() -> int:
    """The position of the newest entry that has one."""
    return FeedEntry.objects.aggregate(last=Max("position"))["last"] or 0


def read(*, user: "User", after: str = "", limit: int = MAX_PAGE_SIZE) -> list[FeedEntry]:
    """The next entries that the user may see, up to `limit`, after a cursor or from the beginning.

    Everybody's for staff with the right to see all orders, one's own for others. Raises InvalidInput for what is no
    cursor of ours, CursorAhead.
    """
    of, position = None if may(user, OrderRights.VIEW) else user.pk, position_of(after)
    entries = read_on(position, customer_id=of, limit=limit)
    if not entries:
        _look_ahead(position)
    return entries


def read_on(after: int, *, customer_id: int | None, limit: int = MAX_PAGE_SIZE) -> list[FeedEntry]:
    """The next entries after a position, up to `limit`: those of one customer, or all of them (None)."""
    give_positions()
    entries = FeedEntry.objects.filter(position__gt=after)
    if customer_id is not None:
        entries = entries.filter(customer=customer_id)
    return list(_whole(entries)[:limit])


class Read(NamedTuple):
    entries: list[FeedEntry]
    # Up to this position all was looked at.
    until: int
    are_more: bool


def since(after: int, *, concerns: Callable[[int, UUID], bool], limit: int = MAX_PAGE_SIZE) -> Read:
    """The next entries after a position, up to `limit`, for which `concerns(customer, order)` is true."""
    give_positions()
    rows = fetch(SINCE.format(limit=limit), {"after": after})
    wanted = [entry_of(row) for row in rows if concerns(row[1], row[2])]
    return Read(wanted, rows[-1][0] if rows else after, len(rows) == limit)


def _whole(entries: QuerySet[FeedEntry]) -> QuerySet[FeedEntry]:
    """With all that their events say."""
    return entries.order_by("position").select_related(
        "order", "change", "money", "edit", "shipment", "ready"
    )


def present() -> str:
    """The cursor after which only what is yet to come is read."""
    return cursor_of(beginning(""))


def beginning(cursor: str) -> int:
    """The position to read on from: the cursor's, or without one the present. Raises InvalidInput, CursorAhead."""
    if cursor:
        position = position_of(cursor)
        _look_ahead(position)
        return position
    give_positions()
    return last_position()


def _look_ahead(position: int) -> None:
    """Raise CursorAhead for what the feed has not reached: a cursor is told after its position is committed."""
    if position and position > last_position():
        raise CursorAhead


# --- cursors -------------------------------------------------------------------------------------------------------


def cursor_of(position: int) -> str:
    """A position as clients see it: nothing to count with."""
    return urlsafe_b64encode(position.to_bytes(8)).decode().rstrip("=")


def position_of(cursor: str) -> int:
    """The position that a cursor names; the beginning for an empty one. Raises InvalidInput."""
    if not cursor:
        return 0
    try:
        position = int.from_bytes(urlsafe_b64decode(f"{cursor}="))
    except ValueError:
        position = -1
    if not 0 <= position < 2**63 or cursor_of(position) != cursor:
        raise InvalidInput({"after": [_("This is not a cursor of this feed.")]})
    return position


# --- what an event says --------------------------------------------------------------------------------------------


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


def written(at: datetime) -> str:
    """A time as the API writes it: ISO 8601 in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
