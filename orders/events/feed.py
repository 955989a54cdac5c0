"""What happened to orders, in order and without gaps, from any point on: read by API clients, sockets and webhooks.

A row is in the feed as soon as its transaction commits, and has no position yet. Positions are given by one writer at a
time, to what is committed, so a transaction that commits late comes later and never slips behind a reader's cursor.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from database import fetch
from database.rows import returned_with_more
from orders.events import fan_out
from orders.events.cursors import CursorAhead, cursor_of, position_of
from orders.events.payloads import type_of
from orders.events.rows import NEWS, READ_ALL, READ_ORDER, READ_OWN, entry_of
from orders.models import FeedEntry, StatusChange
from orders.rights import OrderRights
from staff.rights import may

if TYPE_CHECKING:
    from accounts.models import User

# The key of the advisory lock under which positions are given, held until the commit. Any number, used nowhere else.
WRITER = 7_302_001
MAX_PAGE_SIZE = 100
# Entries that get their positions in one transaction, and the seconds after which a call begins no further one.
BATCH_SIZE, GIVING_SECONDS = 5000, 5


# Ids of one order's rows ascend, as they are inserted under the order's lock; so an order's events keep their order. They
# are an array so that each is found by its key: of a piece of a long feed's rows all of the feed would be read.
NUMBER = """
UPDATE orders_feedentry f SET position = last.position + waiting.place
FROM unnest(ARRAY(SELECT id FROM orders_feedentry WHERE position IS NULL ORDER BY id LIMIT %s))
    WITH ORDINALITY AS waiting(id, place),
    (SELECT coalesce(max(position), 0) AS position FROM orders_feedentry) AS last
WHERE f.id = waiting.id
RETURNING f.id
"""


HISTORY = """
SELECT {columns}, (SELECT coalesce(max(position), 0) FROM orders_feedentry)
FROM orders_statuschange WHERE order_id = %s ORDER BY sequence
"""
LATEST = f"{HISTORY.rstrip()} DESC LIMIT 1"
# In one round trip, where no endpoint of webhooks is owed anything; where one is, -1, and nothing is given
# (migrations/0132_owed_before_the_lock.py).
GIVE = "SELECT orders_give_positions(%(most)s)"
# And whether any webhook is due, which a worker asks at the same moment.
GIVE_AND_LOOK = """
SELECT orders_give_positions(%(most)s),
    EXISTS (SELECT FROM orders_webhookdelivery WHERE next_attempt_at <= %(now)s)
"""


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


def give_positions_and_look() -> bool:
    """The same, and whether any webhook may be due then: mostly in one round trip, as nothing is owed to any endpoint."""
    given, is_due = fetch(GIVE_AND_LOOK, {"most": BATCH_SIZE, "now": timezone.now()})[0]
    if 0 <= given < BATCH_SIZE:
        return bool(is_due)
    give_positions()
    return True


def _give_piece() -> int:
    given: int = fetch(GIVE, {"most": BATCH_SIZE})[0][0]
    return given if given >= 0 else _give_and_owe()


def _give_and_owe() -> int:
    """In the transaction that gives positions the endpoints of webhooks are owed it: each everything, and once."""
    with transaction.atomic(), connection.cursor() as cursor:
        # A statement of its own: the next one must see what the last writer committed.
        hold_still()
        cursor.execute(NUMBER, [BATCH_SIZE])
        # Mostly none: who had the lock before gave them all, and others wait for it.
        if numbered := [entry_id for (entry_id,) in cursor.fetchall()]:
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
    statement = READ_ALL if customer_id is None else READ_OWN
    rows = fetch(statement, {"after": after, "customer": customer_id, "limit": limit})
    return [entry_of(tuple(row), pk) for pk, *row in rows]


def read_on_of(order_id: UUID, after: int) -> list[FeedEntry]:
    """The same of one order, by the index of its customer's; what has no position yet comes after it."""
    rows = fetch(READ_ORDER, {"after": after, "order": order_id, "limit": MAX_PAGE_SIZE})
    return [entry_of(tuple(row), pk) for pk, *row in rows]


class Read(NamedTuple):
    entries: list[FeedEntry]
    # Up to this position all was looked at.
    until: int
    are_more: bool


def since(after: int, *, concerns: Callable[[int, UUID], bool], limit: int = MAX_PAGE_SIZE) -> Read:
    """The next entries after a position, up to `limit`, for which `concerns(customer, order)` is true."""
    asked = {"after": after, "up_to": limit}
    rows = fetch(NEWS, asked | {"most": BATCH_SIZE})
    if rows and rows[0][0] is None:
        give_positions()
        rows = fetch(NEWS, asked | {"most": 0})
    wanted = [entry_of(row) for row in rows if concerns(row[1], row[2])]
    return Read(wanted, rows[-1][0] if rows else after, len(rows) == limit)


def history_of(order_id: UUID) -> tuple[list[StatusChange], int]:
    """An order's history, and how far the feed was when it was read: what the history lacks comes after that position."""
    found = returned_with_more(StatusChange, HISTORY, [order_id])
    return [change for change, _position in found], found[0][1][0] if found else 0


def present_of(order_id: UUID) -> tuple[StatusChange, int]:
    """The latest of its history, likewise. Raises StatusChange.DoesNotExist."""
    found = returned_with_more(StatusChange, LATEST, [order_id])
    if not found:
        raise StatusChange.DoesNotExist
    return found[0][0], found[0][1][0]


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
