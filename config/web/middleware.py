"""Middleware of the whole site: what it does when a server behind it does not answer, its policy, and limits of the API.

The limits are how large forms and bodies of the API may be, and when an answer is compressed.
"""

import logging
from collections.abc import Callable
from functools import partial
from io import BytesIO
from urllib.parse import urljoin

from csp.constants import HEADER
from csp.middleware import CSPMiddleware, PolicyParts
from csp.utils import build_policy
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions import middleware as sessions
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.encoding import iri_to_uri
from rest_framework.exceptions import ParseError
from rest_framework.permissions import SAFE_METHODS

from config.api import auth_members, problems
from config.api.parsing import PlainJson
from config.web.errors import bad_request, method_not_allowed, too_large, unavailable
from orders.errors import InvalidInput
from rest import outages

log = logging.getLogger(__name__)


class NotAllowedMiddleware:
    """Gives people who open the address of a form a page in place of the empty 405 of Django's decorators."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 405 or response.content or request.path.startswith("/api/"):
            return response
        page = method_not_allowed(request)
        page["Allow"] = response.get("Allow", "")
        return page


class UnavailableMiddleware:
    """Turns a database or cache that does not answer into a 503 with Retry-After, wherever in a request it happens."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return unavailable(request) if outages.unavailable(exception) else None


class SessionMiddleware(sessions.SessionMiddleware):
    """Django's; where a session can't be saved, what the request has done stands, and is answered.

    What counts of a signed-in customer is in rows of its own; in the session are messages and drafts. Without those one
    can live. A visitor's session holds the cart, and a sign-in is nothing but its session: there it is a 503.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        try:
            return super().process_response(request, response)
        except (SessionInterrupted, Error) as error:
            reason = _reason(error)
            is_outage = outages.unavailable(reason)
            if _came_signed_in(request):
                log.warning("a session was not saved: %s", outages.in_one_line(reason))
                return response
            if is_outage:
                return unavailable(request)
            raise


def _reason(error: BaseException) -> BaseException:
    """Django says that a session is gone also where the database is: what was raised before, it only hides."""
    while error.__context__ is not None and not isinstance(error, Error):
        error = error.__context__
    return error


def _came_signed_in(request: HttpRequest) -> bool:
    cookie = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    return SESSION_KEY in request.session and request.session.session_key == cookie


class PublicAddressMiddleware:
    """Whole addresses begin with PUBLIC_URL, whatever host a request names.

    That is for all of them at once: our own, those of pages of lists, and those in allauth's emails. A client that reaches
    the shop by another name, or makes one up, is told the one that the shop has.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.build_absolute_uri = partial(public_address, request)  # type: ignore[method-assign]  # of this request
        return self.get_response(request)


def public_address(request: HttpRequest, location: str | None = None) -> str:
    """What Django's `build_absolute_uri` says, with the shop's own scheme and host."""
    if location is None:
        return iri_to_uri(f"{settings.PUBLIC_URL}{request.get_full_path()}")
    return iri_to_uri(urljoin(f"{settings.PUBLIC_URL}{request.path}", location))


class PolicyMiddleware(CSPMiddleware):
    """The Content-Security-Policy: the site's own, and below some addresses what their pages need in addition.

    The Permissions-Policy is the same everywhere.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        super().__init__(get_response)
        # Made once: what the settings come to where nothing is added.
        self.usual = build_policy()

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response.headers.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        if not self.is_usual(request, response):
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, self.usual)
        return response

    @staticmethod
    def is_usual(request: HttpRequest, response: HttpResponseBase) -> bool:
        """Whether no view, and nothing about the address, says otherwise; while developing pages of errors do."""
        is_said = any(name.startswith("_csp") for name in (*vars(response), *vars(request)))
        more = tuple(settings.CONTENT_SECURITY_POLICY_BY_PATH)
        return not is_said and not settings.DEBUG and not request.path_info.startswith(more)

    def get_policy_parts(
        self,
        request: HttpRequest,
        response: HttpResponseBase,
        report_only: bool = False,  # noqa: FBT001, FBT002 as its base has it
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        for prefix, more in settings.CONTENT_SECURITY_POLICY_BY_PATH.items():
            if request.path_info.startswith(prefix) and not report_only:
                parts.update = (parts.update or {}) | more
        return parts


class ApiBodyLimitMiddleware:
    """Answers 413 before a body over the API's limit is read, whichever view below /api/ it is for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/api/") and length_of(request) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return problems.answer(request, "request_too_large", problems.too_large())
        return self.get_response(request)


class FormLimitMiddleware:
    """Refuses forms that are larger than any page's, but for those that staff send to the desk.

    Taking a form apart, which Django does for its CSRF token, needs a second for a megabyte of escapes or for thousands of
    fields. So it is counted first what there would be to take apart.
    """

    MAX_LENGTH, MAX_FIELDS = 128 * 1024, 500
    # What parts the fields of each kind.
    MARKS = {"application/x-www-form-urlencoded": b"&", "multipart/form-data": b"\n--"}

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        mark = self.MARKS.get(request.content_type or "")
        if mark is None or request.method in SAFE_METHODS or self.is_of_staff(request):
            return self.get_response(request)
        if length_of(request) > self.MAX_LENGTH:
            return too_large(request)
        if request.body.count(mark) > self.MAX_FIELDS:
            return bad_request(request)
        return self.get_response(request)

    def is_of_staff(self, request: HttpRequest) -> bool:
        return request.path.startswith(reverse("admin:index")) and request.user.is_staff


def length_of(request: HttpRequest) -> int:
    """Bytes of the body, as its head tells."""
    given = request.META.get("CONTENT_LENGTH") or "0"
    return int(given) if given.isascii() and given.isdigit() and len(given) < 20 else 0


class AuthBodyMiddleware:
    """Reads what is sent below /api/auth/ with the limits of the API's own parser, before allauth's, which has none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/api/auth/") and request.method not in SAFE_METHODS and request.body:
            try:
                PlainJson().parse(BytesIO(request.body))
            except (ParseError, InvalidInput):
                return problems.answer(request, "validation_error", problems.unreadable())
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: object, kwargs: object
    ) -> HttpResponse | None:
        """A member that allauth would pass over is named."""
        if not request.path.startswith("/api/auth/") or request.method in SAFE_METHODS or not request.body:
            return None
        return auth_members.refusal(request, view, PlainJson().parse(BytesIO(request.body)))


class UnstorableMiddleware:
    """Turns text that no database holds, which nobody types, into a 400, wherever in a request it was looked for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return bad_request(request) if problems.is_unstorable(exception) else None


class ApiGzipMiddleware(GZipMiddleware):
    """Compresses answers of the API over 1 KB.

    Compressing pages that hold a secret beside something that an attacker chose gives the secret away by its length
    (BREACH). Pages have CSRF tokens and /api/auth/ answers with session tokens: neither is compressed. What is left
    has no token in it, needs a header that other sites can't send or a cookie that they don't send (SameSite), and
    Django adds up to 100 random bytes.
    """

    LEAST = 1024

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.status_code == 304 and request.path.startswith("/api/"):
            # A 304 carries the headers of the 200 that it stands for, which varies by compression.
            patch_vary_headers(response, ("Accept-Encoding",))
        if (
            not isinstance(response, HttpResponse)
            or len(response.content) < self.LEAST
            or not self.is_data(request, response)
        ):
            return response
        return super().process_response(request, response)

    def is_data(self, request: HttpRequest, response: HttpResponse) -> bool:
        is_api = request.path.startswith("/api/") and not request.path.startswith("/api/auth/")
        return is_api and any(kind in response.get("Content-Type", "") for kind in ("json", "yaml"))
