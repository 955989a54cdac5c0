"""The connections that this process has open, of all its threads, for those who count them."""

import threading
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from psycopg.pq import TransactionStatus

if TYPE_CHECKING:
    from psycopg import Connection

_lock = threading.Lock()
_noted: "WeakSet[Connection[Any]]" = WeakSet()


def note(connection: "Connection[Any]") -> None:
    """It was opened. What closes it need not tell: that is seen of it."""
    with _lock:
        _noted.add(connection)


def counted() -> dict[str, int]:
    """How many are open, and how many of them are in a transaction or at a statement at this moment."""
    with _lock:
        found = list(_noted)
    states = [each.pgconn.transaction_status for each in found if not each.closed]
    return {"open": len(states), "busy": sum(state != TransactionStatus.IDLE for state in states)}
