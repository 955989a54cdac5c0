"""Sessions in the database, which never wait long for each other."""

from datetime import datetime

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.models import User
from database import Asked, fetch, later
from database.rows import change

# So long a request waits for another one that is just writing the same session, milliseconds.
LOCK_MILLISECONDS = 500
WAIT = "SELECT set_config('lock_timeout', %s, TRUE)"
# With when it was last seen, which is noted beside it once it has signed somebody in (accounts/access/devices.py).
ALIVE = """
SELECT s.session_data, s.expire_date, seen.last_seen_at
FROM django_session s LEFT JOIN usersessions_usersession seen ON seen.session_key = s.session_key
WHERE s.session_key = %s AND s.expire_date > %s
"""


class SessionEnded(UpdateError, SessionInterrupted):
    """The session was ended meanwhile. Who saves it otherwise than by Django's middleware is answered with 400."""


class SessionStore(db.SessionStore):
    """Django's. Saving waits for a moment and no longer: it comes after what the request was for.

    A database that does not answer is told as what it is; Django's says then that the session was ended.

    Its key outlives SECRET_KEY.
    """

    # As this request found it; None where it did not look, or nothing is noted.
    last_seen_at: datetime | None = None

    def _get_session_from_db(self) -> Session | None:
        """What `load` reads, by a statement that is planned once."""
        found = fetch(ALIVE, [self.session_key, timezone.now()])
        if not found:
            self._session_key = None
            return None
        data, expires, self.last_seen_at = found[0]
        return Session(session_key=str(self.session_key), session_data=data, expire_date=expires)

    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002 as its base has it
        if must_create or self.session_key is None:
            super().save(must_create)
            return
        row = self.create_model_instance(self._session)  # type: ignore[attr-defined]  # Django's types lack it
        with transaction.atomic():
            later(Asked(WAIT, [f"{LOCK_MILLISECONDS}ms"]))
            is_there = change(row, {"session_data": row.session_data, "expire_date": row.expire_date})
        if not is_there:
            raise SessionEnded

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
