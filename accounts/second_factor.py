"""The second factor of staff: where STAFF_MFA_REQUIRED asks for one, no door opens for staff without it."""

from allauth.account.authentication import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from accounts.models import ApiKey, User


def is_missing(user: User, by: ApiKey | SessionBase) -> bool:
    """Whether the user, who came in by a key or a session, is staff without the second factor that they need."""
    if not settings.STAFF_MFA_REQUIRED or not user.is_staff:
        return False
    if isinstance(by, ApiKey):
        # The owner made the key while signed in with the code, as staff have no other sign-in.
        return not is_mfa_enabled(user)
    return not passed(by, user)


def passed(session: SessionBase, user: User) -> bool:
    """Whether this session was opened, or confirmed since, with an authenticator app or a recovery code."""
    holder = HttpRequest()
    holder.session = session
    records = get_authentication_records(holder, user)
    return any(record.get("method") == "mfa" for record in records) and is_mfa_enabled(user)
