"""How PostgreSQL is spoken to: statements that it plans once, on connections that are known to live."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django.db import connection

from database.together import Asked as Asked
from database.together import Rows, Sent

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from django.db.backends.utils import CursorWrapper

    from database.base import DatabaseWrapper


def prepared() -> "AbstractContextManager[CursorWrapper]":
    """A cursor whose statements PostgreSQL reads and plans once for each connection, and gets the values of beside them.

    For statements that are written out as a constant of a module and run for every order. Their columns are named, since
    a prepared `*` is an error once a migration has added a column; and what stands where no type is known (an item of a
    SELECT, say) has a cast. Django's own cursors write values into the statement, which is planned anew each time.
    """
    return cast("DatabaseWrapper", connection).prepared()


def clock() -> datetime:
    """The time by the database's clock: one for all hosts."""
    return cast("datetime", fetch("SELECT clock_timestamp()", ())[0][0])


def fetch(statement: str, values: Any) -> Rows:
    """The rows of a prepared statement, which gives some."""
    return cast("DatabaseWrapper", connection).rows(statement, values)


def fetch_together(*asked: Asked) -> list[Rows]:
    """The rows of each of several prepared statements, in one round trip.

    Each sees what those before it did. After one that fails none is run; outside of a transaction they are one.
    """
    return cast("DatabaseWrapper", connection).rows_together(asked)


def later(asked: Asked, take: Callable[[Rows], object] | None = None) -> Sent:
    """A prepared statement whose rows are not needed yet: it is sent along with the transaction's next one, or its commit.

    What fails in it fails there, and undoes the transaction as it would have here. So it is for what the caller holds: to
    find out that a row is not there, or not as it was, is a `fetch`. `take` gets its rows then.
    """
    return cast("DatabaseWrapper", connection).later(asked, take)


def flush() -> None:
    """Send what waits to be sent."""
    cast("DatabaseWrapper", connection).flush()
