"""Sessions in the database, which never wait long for each other."""

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.utils import timezone

from database.rows import find_one

# So long a request waits for another one that is just writing the same session, milliseconds.
LOCK_MILLISECONDS = 500


ALIVE = "WHERE session_key = %s AND expire_date > %s"


class SessionStore(db.SessionStore):
    """Django's. Saving waits for a moment and no longer: it comes after what the request was for."""

    def _get_session_from_db(self) -> Session | None:
        """What `load` reads, by a statement that is planned once."""
        session = find_one(Session, ALIVE, [self.session_key, timezone.now()])
        if session is None:
            self._session_key = None
        return session

    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002 as its base has it
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = {LOCK_MILLISECONDS}")
            super().save(must_create)
