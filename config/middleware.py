"""What a reader sees when a server behind the shop does not answer."""

import logging

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
