"""What a reader sees when a server behind the shop does not answer, and what a page may load and run."""

import logging

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.db import InterfaceError, OperationalError
from redis.exceptions import RedisError

from config.errors import unavailable

log = logging.getLogger(__name__)
UNAVAILABLE = (RedisError, OperationalError, InterfaceError)


class UnavailableMiddleware:
    """Turns a database or cache that does not answer into a 503 with Retry-After, wherever in a request it happens."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if not isinstance(exception, UNAVAILABLE):
            return None
        log.error("unavailable: %s", exception)
        return unavailable(request)


class PolicyMiddleware(CSPMiddleware):
    """The Content-Security-Policy: the site's own, and below some addresses what these need besides."""

    def get_policy_parts(self, request, response, report_only=False):
        parts = super().get_policy_parts(request, response, report_only)
        for prefix, more in settings.CONTENT_SECURITY_POLICY_BY_PATH.items():
            if request.path_info.startswith(prefix) and not report_only:
                parts.update = (parts.update or {}) | more
        return parts
