"""Middleware of the whole site: what it does when a server behind it does not answer, its policy, and limits of the API.

The limits are how large a body of the API may be, and when one is compressed.
"""

import logging
from collections.abc import Callable

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers
from redis.exceptions import RedisError

from config.api import problems
from config.errors import unavailable

log = logging.getLogger(__name__)
UNAVAILABLE = (RedisError, OperationalError, InterfaceError)


class UnavailableMiddleware:
    """Turns a database or cache that does not answer into a 503 with Retry-After, wherever in a request it happens."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, UNAVAILABLE):
            return None
        log.error("unavailable: %s", exception)
        return unavailable(request)


class PolicyMiddleware(CSPMiddleware):
    """The Content-Security-Policy: the site's own, and below some addresses what their pages need in addition."""

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
        if request.path.startswith("/api/") and self.length(request) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return problems.answer(request, "request_too_large", problems.too_large())
        return self.get_response(request)

    def length(self, request: HttpRequest) -> int:
        given = request.META.get("CONTENT_LENGTH") or "0"
        return int(given) if given.isascii() and given.isdigit() and len(given) < 20 else 0


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
