"""Where a user is signed in: the live sessions, named so that people know their own devices."""

from datetime import timedelta

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.models import User
from database import prepared

# The time between two notes of when a session was last seen: each note is a write.
SEEN_EVERY = timedelta(minutes=5)
NOTE = """
UPDATE usersessions_usersession SET last_seen_at = %(now)s, ip = %(ip)s
WHERE id IN (
    SELECT id FROM usersessions_usersession WHERE session_key = %(key)s AND last_seen_at < %(before)s
    FOR NO KEY UPDATE SKIP LOCKED
)
"""
# Searched in this order: most browsers also claim to be others, and the first name that is found is the true one.
BROWSERS = {
    "Edg": "Edge",
    "OPR": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


def live_sessions(user: User) -> list[UserSession]:
    """The sessions that are still valid, the latest seen first; in two statements, however many."""
    known = list(UserSession.objects.filter(user=user).order_by("-last_seen_at", "-pk"))
    keys = [one.session_key for one in known]
    stored = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    live = {session.session_key for session in stored if _is_of(session, user)}
    return [one for one in known if one.session_key in live]


def _is_of(session: Session, user: User) -> bool:
    """Whether the session still signs the user in; a change of the password ends older ones."""
    inside = session.get_decoded()
    found = inside.get(HASH_SESSION_KEY, "")
    # Those of keys that the shop had before hold too (SECRET_KEY_FALLBACKS).
    valid = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return inside.get(SESSION_KEY) == str(user.pk) and any(constant_time_compare(found, one) for one in valid)


def end_sessions(user: User, *, besides: str | None = None) -> None:
    """Sign the user out everywhere, API session tokens included; but for the session with the key `besides`."""
    ended = UserSession.objects.filter(user=user).exclude(session_key=besides)
    Session.objects.filter(session_key__in=ended.values("session_key")).delete()
    ended.delete()


def end_links(user: User) -> None:
    """Links to orders in the emails that the user has got so far work no longer."""
    user.links_serial = F("links_serial") + 1
    user.save(update_fields=["links_serial"])
    user.refresh_from_db(fields=["links_serial"])


def could_be_session_key(key: str | None) -> bool:
    """Whether it looks like a key that Django makes; what does not is looked for nowhere."""
    return key is not None and key.isascii() and key.isalnum()


def note_seen(request: HttpRequest) -> None:
    """Note that a signed-in session was in use, unless that was noted a moment ago.

    One statement that waits for nobody, and nothing in the session: a request that writes the session puts back what
    another one took out.
    """
    if SESSION_KEY not in request.session:
        return
    now = timezone.now()
    seen = getattr(request.session, "last_seen_at", None)
    if seen is not None and seen >= now - SEEN_EVERY:
        return
    with prepared() as cursor:
        cursor.execute(
            NOTE,
            {
                "now": now,
                "ip": get_adapter().get_client_ip(request),
                "key": request.session.session_key,
                "before": now - SEEN_EVERY,
            },
        )


def device(user_agent: str) -> tuple[str, str]:
    """Browser and operating system as the User-Agent names them; empty where it names none."""
    return _first(BROWSERS, user_agent), _first(SYSTEMS, user_agent)


def _first(names: dict[str, str], user_agent: str) -> str:
    return next((name for mark, name in names.items() if mark in user_agent), "")
