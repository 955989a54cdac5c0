"""Whether the person behind a session has shown a moment ago who they are.

A session that was left open is not enough to take an account over: what would hand it over asks for the password or a
code once more. Pages do so with allauth's `reauthentication_required`; this is the same over the API.
"""

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from refusals import Refusal


class ReauthenticationRequired(Refusal):
    """The session is open, but the password was not given a moment ago."""

    code = "reauthentication_required"
    status = 403
    title = _("Password needed again")
    message = _("Please give your password once more.")
    advice = _(
        "Send the password to `/api/auth/app/v1/auth/reauthenticate`, or a code to "
        "`/api/auth/app/v1/auth/2fa/reauthenticate`, then try again. API keys need neither."
    )


def is_confirmed(user: AbstractBaseUser, session: SessionBase) -> bool:
    """Whether password or code were given once more in this session, within ACCOUNT_REAUTHENTICATION_TIMEOUT."""
    holder = HttpRequest()
    holder.session, holder.user = session, user  # type: ignore[assignment]  # any model of users
    return bool(did_recently_reauthenticate(holder))


def require_confirmed(request: Request) -> None:
    """Raise ReauthenticationRequired for a session without it. An API key was made with the password, and may go on."""
    if hasattr(request.auth, "scope") or not request.user.is_authenticated:
        return
    session = request.auth if isinstance(request.auth, SessionBase) else request.session
    if not is_confirmed(request.user, session):
        raise ReauthenticationRequired
