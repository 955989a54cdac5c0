"""How migrations change tables while the shop serves: they wait for a lock no longer than customers can."""

from typing import Self

from django.db.backends.postgresql.schema import DatabaseSchemaEditor

# Whoever comes after a step that waits, waits behind it: also who only wants to read.
LOCK_MILLISECONDS = 1000


class SchemaEditor(DatabaseSchemaEditor):
    """Django's; a lock that could not be had in time undoes the migration, which is to be tried again.

    One without a transaction of its own builds or checks concurrently: it shuts nobody out, and waits.
    """

    def __enter__(self) -> Self:
        super().__enter__()
        if self.atomic_migration and not self.collect_sql:
            with self.connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = {LOCK_MILLISECONDS}")
        return self
