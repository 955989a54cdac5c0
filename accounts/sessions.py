"""Sessions in the database, which never wait long for each other."""

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.models import User
from database.rows import find_one

# So long a request waits for another one that is just writing the same session, milliseconds.
LOCK_MILLISECONDS = 500


ALIVE = "WHERE session_key = %s AND expire_date > %s"


class SessionStore(db.SessionStore):
    """Django's. Saving waits for a moment and no longer: it comes after what the request was for.

    Its key outlives SECRET_KEY.
    """

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

    def cycle_key(self) -> None:
        """Another key, as after a sign-in or a new password; the same where nothing but SECRET_KEY is another one.

        Django changes it there too, and deletes the row of before: but an app holds the key as its token, an open page
        listens by it and can take no other, and a browser may have two requests under way.
        """
        if not self._is_of_older_secret():
            super().cycle_key()

    def _is_of_older_secret(self) -> bool:
        user = User.objects.filter(pk=self.get(SESSION_KEY, 0)).first()
        found = self.get(HASH_SESSION_KEY, "")
        fallbacks = user.get_session_auth_fallback_hash() if user else ()
        return any(constant_time_compare(found, one) for one in fallbacks)
