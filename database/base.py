"""Django's backend of PostgreSQL, with prepared statements for who asks for them, and fewer questions whether it lives."""

import select
import time
from collections.abc import Callable, Sequence
from typing import Any

from django.db.backends.postgresql import base
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.backends.utils import CursorWrapper
from psycopg import Cursor
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, TransactionStatus

from database import connections
from database.schema import SchemaEditor
from database.together import Asked, Kept, Rows, Sent, ask, ask_one, begins

# So long after a connection has answered it is not asked again, as long as nothing has come over it unasked. A server that
# ends a connection says so or closes it, and either can be seen here; that a network swallows everything can not.
TRUSTED_SECONDS = 15.0
# So many prepared statements a connection keeps: more than there are constants that are prepared.
MAX_PREPARED = 500
# A prepared statement is planned once, and not anew for each value: planning costs an order more than all that is planned.
# What is prepared finds its rows by indexes, whatever the values are. Triggers' statements go by it too.
PLAN_ONCE = "SELECT set_config('plan_cache_mode', 'force_generic_plan', false)"
# Each trigger of ours asks first whether it is to be ignored (pgtrigger). Where nobody has ever said so that is an error
# inside of it, which is caught each time and costs more than the most of them do: here it is said that none is.
NONE_IGNORED = "set_config('pgtrigger.ignore', '{}', false)"


class Operations(DatabaseOperations):
    def last_executed_query(self, cursor: Any, sql: Any, params: Any) -> str:
        """A prepared statement leaves no text with its values: it is told without them."""
        return super().last_executed_query(cursor, sql, params) or str(sql)


class InTurn(CursorWrapper):
    """A cursor of Django's, before whose statements those are sent that wait."""

    def _execute(self, *given: Any) -> Any:
        self.db.flush()
        return super()._execute(*given)  # type: ignore[misc]  # Django's types lack it

    def _executemany(self, *given: Any) -> Any:
        self.db.flush()
        return super()._executemany(*given)  # type: ignore[misc]  # Django's types lack it


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = Operations
    SchemaEditorClass = SchemaEditor
    # When the connection has answered last, and which it was.
    answered: tuple[float, Any] = (0.0, None)
    # Each statement of `rows`, which knows how its values are written and its rows are read.
    kept: dict[str, Kept]
    # Statements of this transaction that were not sent yet, in their order.
    waiting: list[Sent]

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.kept, self.waiting = {}, []

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
        self.kept, self.waiting = {}, []
        super().init_connection_state()
        connections.note(self.connection)
        if self.is_pooled:
            return
        self.connection.prepared_max = MAX_PREPARED
        with self.connection.cursor() as cursor:
            cursor.execute(f"{PLAN_ONCE}, {NONE_IGNORED}")
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

    def make_cursor(self, cursor: Any) -> CursorWrapper:
        return InTurn(cursor, self)

    def make_debug_cursor(self, cursor: Any) -> Any:
        self.flush()
        return super().make_debug_cursor(cursor)

    def _savepoint(self, sid: str) -> None:
        self.flush()
        super()._savepoint(sid)  # type: ignore[misc]  # Django's types lack it

    def _savepoint_commit(self, sid: str) -> None:
        self.flush()
        super()._savepoint_commit(sid)  # type: ignore[misc]  # Django's types lack it

    def _savepoint_rollback(self, sid: str) -> None:
        self.waiting = []
        super()._savepoint_rollback(sid)  # type: ignore[misc]  # Django's types lack it

    def _rollback(self) -> None:
        """Psycopg's own lets go of all that is prepared, as tables may have been made that are gone then.

        Who refuses an order makes none, and where something is sold out many are refused.
        """
        self.waiting = []
        status = self.connection.pgconn.transaction_status if self.connection else TransactionStatus.IDLE
        if status not in (TransactionStatus.INTRANS, TransactionStatus.INERROR) or self.queries_logged:
            super()._rollback()  # type: ignore[misc]  # Django's types lack it
            return
        with self.wrap_database_errors:
            answer = self.connection.pgconn.exec_(b"ROLLBACK")
            if answer.status != ExecStatus.COMMAND_OK:
                raise error_from_result(answer)

    def prepared(self) -> CursorWrapper:
        """See `database.prepared`. Where something is put before statements, as by pgtrigger.ignore, one of Django's."""
        if self.execute_wrappers:
            return self.cursor()
        self.close_if_health_check_failed()
        self.ensure_connection()
        with self.wrap_database_errors:
            cursor: CursorWrapper = self._prepare_cursor(Cursor(self.connection))  # type: ignore[attr-defined]  # Django's types lack it
        return cursor

    def rows(self, statement: str, values: Any) -> Rows:
        """The rows of a prepared statement, by a cursor that is kept for the next time. See `database.fetch`."""
        if self.is_watched:
            return self._rows_watched(statement, values)
        self._check()
        if self.waiting or begins(self.connection):
            return self._send([Sent(Asked(statement, values))])[-1].rows
        with self.wrap_database_errors:
            return ask_one(self.kept.get(statement) or self._keep(statement), values)

    def rows_together(self, asked: Sequence[Asked]) -> list[Rows]:
        """The rows of several, in one round trip. See `database.fetch_together`."""
        if self.is_watched:
            return [self._rows_watched(*one) for one in asked]
        self._check()
        sent = [Sent(one) for one in asked]
        self._send(sent)
        return [one.rows for one in sent]

    def later(self, asked: Asked, take: Callable[[Rows], object] | None = None) -> Sent:
        """See `database.later`."""
        sent = Sent(asked, take)
        if self.is_watched or not self.in_atomic_block:
            sent.came(self.rows(*asked))
        else:
            self._check()
            self.waiting.append(sent)
        return sent

    def flush(self) -> None:
        """Send what waits."""
        if self.waiting:
            self._send([])

    @property
    def is_watched(self) -> bool:
        """Whether somebody wants to see each statement, as tests do; and pgtrigger.ignore puts something before them."""
        return bool(self.execute_wrappers or self.queries_logged)

    def _rows_watched(self, statement: str, values: Any) -> Rows:
        with self.prepared() as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall()) if cursor.description else []

    def _check(self) -> None:
        self.close_if_health_check_failed()
        self.ensure_connection()
        self.validate_thread_sharing()
        self.validate_no_broken_transaction()

    def _send(self, more: Sequence[Sent], *, and_commit: bool = False) -> list[Sent]:
        """Send what waits, and more, in one round trip."""
        sent, self.waiting = [*self.waiting, *more], []
        kept = [self.kept.get(one.asked.statement) or self._keep(one.asked.statement) for one in sent]
        values = [one.asked.values for one in sent]
        with self.wrap_database_errors:
            rows = ask(self.connection, [*zip(kept, values, strict=True)], and_commit=and_commit)
        for one, came in zip(sent, rows, strict=True):
            one.came(came)
        return sent

    def _commit(self) -> None:
        """What waits goes along with it."""
        if self.waiting:
            self._send([], and_commit=True)
        else:
            super()._commit()  # type: ignore[misc]  # Django's types lack it

    def _keep(self, statement: str) -> Kept:
        if len(self.kept) >= MAX_PREPARED:
            self.kept.clear()
        self.kept[statement] = Kept(self.connection, statement)
        return self.kept[statement]
