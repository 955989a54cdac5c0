"""How often a password may be wrong: so often that guessing comes to nothing, and nobody is locked out by others.

Each address has five tries for an account, and one network may not use up those of another (ACCOUNT_RATE_LIMITS). Guessing
from many networks meets a limit of the account as a whole, which does not count where its owner signed in before: on a
device that has the cookie below, or from an address with a session. OWASP calls that device cookies.
"""

from allauth.account import app_settings
from allauth.account.models import EmailAddress
from allauth.core.internal import ratelimit
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from staff.middleware import address_of, house_of

WHOLE_ACCOUNT = {"login_failed": "50/h/key"}
COOKIE = "known"
MAX_AGE = 365 * 24 * 3600
# Users of one device whose names the cookie keeps.
MAX_USERS = 10


def key_of(request: HttpRequest, email: str) -> str:
    """An account as it is tried from one network."""
    return f"{email.lower()} from {house_of(address_of(request))}"


def count_for_account(request: HttpRequest, email: str) -> ratelimit.RateLimitUsage | None:
    """Count a try against the account as a whole, unless its owner is known here. None when there were too many."""
    if not app_settings.RATE_LIMITS.get("login_failed") or _is_known(request, email):
        return ratelimit.RateLimitUsage(usage=[])
    return ratelimit.consume(
        request, app="allauth.account", action="login_failed", config=WHOLE_ACCOUNT, key=email.lower()
    )


def remember_device(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Keep in the browser that the user signed in with it."""
    users = [user.pk, *(known for known in _users_of(request) if known != user.pk)][:MAX_USERS]
    response.set_cookie(
        COOKIE,
        signing.dumps(users, salt=COOKIE),
        max_age=MAX_AGE,
        path="/accounts/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _is_known(request: HttpRequest, email: str) -> bool:
    # Whoever has asked for an address that is not verified may have asked for somebody else's.
    owners = EmailAddress.objects.filter(email=email.lower(), verified=True).values("user")
    users = _users_of(request)
    if users and owners.filter(user__in=users).exists():
        return True
    return UserSession.objects.filter(user__in=owners, ip=address_of(request)).exists()


def _users_of(request: HttpRequest) -> list[int]:
    try:
        users: list[int] = signing.loads(request.COOKIES.get(COOKIE, ""), salt=COOKIE, max_age=MAX_AGE)
    except signing.BadSignature:
        return []
    return users
