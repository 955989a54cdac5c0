"""Sessions in the database, which never wait long for each other."""

from django.contrib.sessions.backends import db
from django.db import connection, transaction

# So long a request waits for another one that is just writing the same session, milliseconds.
LOCK_MILLISECONDS = 500


class SessionStore(db.SessionStore):
    """Django's. Saving waits for a moment and no longer: it comes after what the request was for."""

    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002 as its base has it
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = {LOCK_MILLISECONDS}")
            super().save(must_create)
