"""The rows of an order's history."""

from typing import TYPE_CHECKING, Any

from database import fetch
from orders.models import Order, StatusChange
from orders.status import Reason

if TYPE_CHECKING:
    from accounts.models import User


# The next row of a locked order's history.
NEXT_CHANGE = """
INSERT INTO orders_statuschange (order_id, sequence, from_status, to_status, at, actor_id, reason, note)
SELECT order_id, max(sequence) + 1, %(from)s, %(to)s, %(at)s::timestamptz, %(actor)s::bigint, %(reason)s::text,
    %(note)s::text
FROM orders_statuschange WHERE order_id = %(order)s GROUP BY order_id
RETURNING sequence
"""


def write_change(order: Order, source: str, reason: Reason, actor: "User | None", note: str) -> int:
    """Add the row of a change; its sequence."""
    given: dict[str, Any] = {
        "from": str(source),
        "to": str(order.status),
        "at": order.status_since,
        "reason": str(reason),
        "note": note,
    }
    given |= {"order": order.pk, "actor": actor.pk if actor else None}
    sequence: int = fetch(NEXT_CHANGE, given)[0][0]
    return sequence


def change_of(order: Order, source: str, reason: Reason, **more: Any) -> StatusChange:
    """The row of a change that the order has made, not written yet."""
    return StatusChange(
        order=order, from_status=source, to_status=order.status, at=order.status_since, reason=reason, **more
    )
