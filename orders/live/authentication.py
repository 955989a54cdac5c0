"""Who is at the other end of a WebSocket, as its first request said, and in which language they read."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from allauth.core.internal.sessionkit import get_session_user
from allauth.headless.internal.sessionkit import lookup_session
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils import translation

from accounts.access.devices import could_be_session_key
from accounts.access.keys import bearer, find_key
from accounts.models import ApiKey, User
from orders.links import IN_SESSION, LinkOver, open_link


class SignedIn(NamedTuple):
    """A user, and by what they came in."""

    user: User
    by: ApiKey | SessionBase


class ByLink(NamedTuple):
    """Whose order it is, by which session it is listened to, and until when."""

    customer_id: int
    by: SessionBase
    until: datetime


def signed_in(scope: Mapping[str, Any], *, from_anywhere: bool = False) -> SignedIn | None:
    """Who it is at this moment: by API key, by session token, or by the cookie that a page of ours sends.

    None once the key is revoked, the session has ended, or the user is switched off. With `from_anywhere` the cookie
    counts whichever page sends it: for what another site may not read, and gains nothing by.
    """
    secret = bearer(header(scope, b"authorization"))
    if secret is not None:
        key = find_key(secret)
        return SignedIn(key.user, key) if key else None
    token = header(scope, b"x-session-token") or _cookie(scope, from_anywhere=from_anywhere)
    session = _session(token)
    user = get_session_user(session) if session else None
    return SignedIn(user, session) if isinstance(user, User) and session else None


def linked(scope: Mapping[str, Any], order_id: UUID) -> ByLink | None:
    """Who came to the order by the link in an email: the session's cookie, which a page of ours sends, has it."""
    session = _session(_cookie(scope, from_anywhere=False))
    token = session.get(IN_SESSION, {}).get(str(order_id)) if session else None
    if session is None or token is None:
        return None
    try:
        opened = open_link(token, order_id=order_id)
    except LinkOver:
        return None
    return ByLink(opened.order.customer_id, session, opened.until)


def _session(key: str) -> SessionBase | None:
    return lookup_session(key) if could_be_session_key(key) else None


def _cookie(scope: Mapping[str, Any], *, from_anywhere: bool) -> str:
    key: str = scope.get("cookies", {}).get(settings.SESSION_COOKIE_NAME, "")
    return key if from_anywhere or _origin_is_ours(scope) else ""


def language_of(scope: Mapping[str, Any]) -> str:
    """The listener's language: by cookie, then by Accept-Language."""
    request = HttpRequest()
    request.COOKIES = scope.get("cookies", {})
    request.META["HTTP_ACCEPT_LANGUAGE"] = header(scope, b"accept-language")
    return translation.get_language_from_request(request)


def _origin_is_ours(scope: Mapping[str, Any]) -> bool:
    origin = header(scope, b"origin")
    try:
        place = urlsplit(origin).netloc
    except ValueError:
        return False
    return place == header(scope, b"host") != "" or origin in settings.CSRF_TRUSTED_ORIGINS


def header(scope: Mapping[str, Any], name: bytes) -> str:
    """The header's value, or an empty string."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")
