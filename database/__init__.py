"""How PostgreSQL is spoken to: statements that it plans once, on connections that are known to live."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django.db import connection

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


def fetch(statement: str, values: Any) -> list[tuple[Any, ...]]:
    """The rows of a prepared statement, which gives some."""
    return cast("DatabaseWrapper", connection).rows(statement, values)
