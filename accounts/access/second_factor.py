"""The second factor: where STAFF_MFA_REQUIRED asks for one, no door opens for staff without it; and one that is lost."""

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.http import HttpRequest

from accounts.access.devices import end_sessions
from accounts.access.notices import tell
from accounts.models import ApiKey, User
from accounts.owners import is_above
from accounts.rights import AccountRights
from staff.log import use_right
from staff.rights import PermissionDenied


def is_missing(user: User, by: ApiKey | SessionBase) -> bool:
    """Whether the user, who came in by a key or a session, is staff without the second factor that they need."""
    if not settings.STAFF_MFA_REQUIRED or not user.is_staff:
        return False
    if isinstance(by, ApiKey):
        # The owner made the key while signed in with the code, as staff have no other sign-in.
        return not is_mfa_enabled(user)
    return not passed(by, user)


@transaction.atomic
def reset(*, user: User, actor: User) -> None:
    """Take a user's lost second factor away, at the desk: they sign in by password alone, and staff then set up another.

    Their sessions end, and they are told by email. Raises PermissionDenied without the right, for oneself, and for those
    whose account the actor may not change.
    """
    if user == actor or is_above(user, actor):
        raise PermissionDenied
    use_right(actor=actor, right=AccountRights.RESET_SECOND_FACTOR, about=user)
    for authenticator in Authenticator.objects.filter(user=user):
        authenticator.delete()
    end_sessions(user)
    tell(user, "second_factor_reset")


def passed(session: SessionBase, user: User) -> bool:
    """Whether this session was opened, or confirmed since, with an authenticator app or a recovery code."""
    holder = HttpRequest()
    holder.session = session
    records = get_authentication_records(holder, user)
    return any(record.get("method") == "mfa" for record in records) and is_mfa_enabled(user)
