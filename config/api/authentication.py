"""Who is calling the API: a session of the app, an API key, or the session of the pages."""

from allauth.headless.contrib.rest_framework.authentication import (
    XSessionTokenAuthentication,
)
from django.http import HttpRequest
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from accounts.access.keys import bearer, find_key
from accounts.models import ApiKey, User


class SessionToken(XSessionTokenAuthentication):
    """The `X-Session-Token` of /api/auth/. First in line, so that an anonymous caller gets a 401 and not a 403."""

    def authenticate_header(self, request: HttpRequest) -> str:
        return 'X-Session-Token realm="api", Bearer realm="api"'


class Key(BaseAuthentication):
    """An API key as `Authorization: Bearer ord_…`, the standard's header (RFC 6750); there is no other."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        secret = bearer(request.headers.get("Authorization", ""))
        if secret is None:
            return None
        key = find_key(secret)
        if key is None:
            raise AuthenticationFailed(_("This API key is unknown, revoked or expired."))
        return key.user, key


class SessionCookie(SessionAuthentication):
    """The session of the pages, with CSRF protection."""

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except PermissionDenied as error:
            raise PermissionDenied(_("The CSRF token is missing or wrong.")) from error
