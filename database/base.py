"""Django's backend of PostgreSQL, with prepared statements for who asks for them, and fewer questions whether it lives."""

import select
import time
from typing import TYPE_CHECKING, Any

from django.db.backends.postgresql import base
from django.db.backends.postgresql.operations import DatabaseOperations
from psycopg import Cursor

from database import connections
from database.schema import SchemaEditor

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

# So long after a connection has answered it is not asked again, as long as nothing has come over it unasked. A server that
# ends a connection says so or closes it, and either can be seen here; that a network swallows everything can not.
TRUSTED_SECONDS = 15.0
# So many prepared statements a connection keeps: more than there are constants that are prepared.
MAX_PREPARED = 500
# A prepared statement is planned once, and not anew for each value: planning costs an order more than all that is planned.
# What is prepared finds its rows by indexes, whatever the values are. Triggers' statements go by it too.
PLAN_ONCE = "SET plan_cache_mode = force_generic_plan"


class Operations(DatabaseOperations):
    def last_executed_query(self, cursor: Any, sql: Any, params: Any) -> str:
        """A prepared statement leaves no text with its values: it is told without them."""
        return super().last_executed_query(cursor, sql, params) or str(sql)


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = Operations
    SchemaEditorClass = SchemaEditor
    # When the connection has answered last, and which it was.
    answered: tuple[float, Any] = (0.0, None)
    # Of each statement of `rows` its cursor, which knows how its values are written and its rows are read.
    kept: "dict[str, tuple[str, Kept]]"

    def get_connection_params(self) -> dict[str, Any]:
        """Statements of `prepared` are prepared when they come a second time; no others are.

        None is behind a pool, where the next transaction may get another connection than the one that has prepared it.
        """
        return super().get_connection_params() | {"prepare_threshold": None if self.is_pooled else 1}

    @property
    def is_pooled(self) -> bool:
        """Whether a pool in transaction mode stands before PostgreSQL."""
        return bool(self.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS", False))

    def init_connection_state(self) -> None:
        """A new connection's; behind a pool what is set would be set for others, too."""
        super().init_connection_state()
        self.kept = {}
        connections.note(self.connection)
        if self.is_pooled:
            return
        self.connection.prepared_max = MAX_PREPARED
        with self.connection.cursor() as cursor:
            cursor.execute(PLAN_ONCE)
        if not self.get_autocommit():
            self.connection.commit()

    def is_usable(self) -> bool:
        """Whether the connection works. Django asks before each request, with a statement; here mostly a look will do."""
        if self.errors_occurred:
            # A migration may have changed what a prepared statement gives: a new connection prepares it anew.
            return False
        at, which = self.answered
        trusted = which is self.connection and time.monotonic() - at < TRUSTED_SECONDS
        if trusted and self._is_quiet():
            return True
        usable: bool = super().is_usable()
        self.answered = (time.monotonic(), self.connection if usable else None)
        return usable

    def _is_quiet(self) -> bool:
        """Whether the connection is open, and nothing waits to be read: no farewell, no end."""
        if self.connection.closed:
            return False
        look = select.poll()
        look.register(self.connection.fileno(), select.POLLIN)
        return not look.poll(0)

    def prepared(self) -> "CursorWrapper":
        """See `database.prepared`. Where something is put before statements, as by pgtrigger.ignore, one of Django's."""
        if self.execute_wrappers:
            return self.cursor()
        self.close_if_health_check_failed()
        self.ensure_connection()
        with self.wrap_database_errors:
            cursor: CursorWrapper = self._prepare_cursor(Cursor(self.connection))  # type: ignore[attr-defined]  # Django's types lack it
        return cursor

    def rows(self, statement: str, values: Any) -> list[tuple[Any, ...]]:
        """The rows of a prepared statement, by a cursor that is kept for the next time. See `database.fetch`."""
        if self.execute_wrappers or self.queries_logged:
            with self.prepared() as cursor:
                cursor.execute(statement, values)
                return list(cursor.fetchall())
        self.close_if_health_check_failed()
        self.ensure_connection()
        self.validate_thread_sharing()
        self.validate_no_broken_transaction()
        with self.wrap_database_errors:
            # The very text that the cursor has had before: by that it knows that it is the same statement.
            text, kept = self.kept.get(statement) or self._keep(statement)
            return kept.execute(text, values).fetchall()

    def _keep(self, statement: str) -> "tuple[str, Kept]":
        if len(self.kept) >= MAX_PREPARED:
            self.kept.clear()
        self.kept[statement] = statement, Kept(self.connection)
        return self.kept[statement]


class Kept(Cursor[Any]):
    """The cursor of one statement, which it reads once. psycopg reads long ones, as those of an order, each time."""

    was_read: Any = None

    def _convert_query(self, query: Any, params: Any = None) -> Any:
        """From the second time on as psycopg's own `executemany` does it."""
        if self.was_read is None:
            self.was_read = super()._convert_query(query, params)
        else:
            self.was_read.dump(params)
        return self.was_read
