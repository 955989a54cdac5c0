"""How migrations change tables while the shop serves: they wait for no lock for long, and hold none for long."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Self

from django.db.backends.postgresql.schema import DatabaseSchemaEditor

# Whoever comes after a step that waits, waits behind it: also who only wants to read. Less than PostgreSQL's
# deadlock_timeout (a second): where a customer and a migration wait for each other, the migration gives way.
LOCK_MILLISECONDS = 500
# What Django sends before and after a trigger is made; nothing is done by it.
MARKS = ("SAVEPOINT ", "RELEASE SAVEPOINT ")


class SchemaEditor(DatabaseSchemaEditor):
    """Django's; what a migration changes is done at its end, or when something asks the database before.

    Django thinks for long between two steps of a migration, and would hold the locks of the first one meanwhile. A lock
    that could not be had in time undoes the migration, which is to be tried again. One without a transaction of its own
    builds or checks concurrently: it shuts nobody out, and waits.
    """

    def __enter__(self) -> Self:
        super().__enter__()
        self._waiting: list[tuple[str, Any]] = []
        self._is_running = False
        self._watching = ExitStack()
        if self._is_deferring:
            with self.connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = {LOCK_MILLISECONDS}")
            self._watching.enter_context(self.connection.execute_wrapper(self._before_others))
        return self

    def __exit__(self, *error: object) -> None:
        try:
            if error[0] is None and self._is_deferring:
                # Keys and indexes of new tables.
                self._waiting += [(str(sql), None) for sql in self.deferred_sql]
                self.deferred_sql = []
                self._run()
        except BaseException as failure:
            self._leave(type(failure), failure, failure.__traceback__)
            raise
        self._leave(*error)

    def execute(self, sql: Any, params: Any = ()) -> None:
        # pgtrigger looks at once whether a type could be changed that its triggers name.
        if not self._is_deferring or getattr(self, "is_altering_field_type", False):
            self._run()
            super().execute(sql, params)
        else:
            self._waiting.append((str(sql), params))

    @property
    def _is_deferring(self) -> bool:
        return self.atomic_migration and not self.collect_sql

    def _leave(self, *error: Any) -> None:
        self._watching.close()
        super().__exit__(*error)

    def _before_others(self, execute: Callable[..., Any], sql: Any, *more: Any) -> Any:
        """What asks the database finds all that was done before."""
        if not str(sql).startswith(MARKS):
            self._run()
        return execute(sql, *more)

    def _run(self) -> None:
        if self._is_running:
            return
        self._is_running = True
        try:
            waiting, self._waiting = self._waiting, []
            for sql, params in waiting:
                super().execute(sql, params)
        finally:
            self._is_running = False
