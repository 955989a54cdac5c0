"""How many requests may come in a minute: of one user, of one API key, and of one address without a sign-in.

Counted in the cache, in whole minutes, by one atomic step each. Without the cache every request passes: a shop that
still takes orders is worth more than one that counts.
"""

import logging
import math
import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpResponseBase
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from rest.redis_client import client_of
from staff.middleware import address_of, house_of

log = logging.getLogger(__name__)
WINDOW = 60
# Counts one more of each name; what is counted is forgotten when its minute is over for long.
COUNT = """
local used = {}
for place, name in ipairs(KEYS) do
    used[place] = redis.call('INCR', name)
    if used[place] == 1 then
        redis.call('EXPIRE', name, ARGV[1])
    end
end
return used
"""


class Policy(NamedTuple):
    """`most` requests a minute of one `caller`."""

    name: str
    caller: str
    most: int


class Count(NamedTuple):
    policy: Policy
    left: int
    # Seconds until the next minute begins.
    wait: int

    @property
    def is_over(self) -> bool:
        return self.left < 0


class Limits(BaseThrottle):
    """Counts a request against each limit that is its caller's; `counts` says where they stand."""

    def __init__(self) -> None:
        self.counts: list[Count] = []

    def allow_request(self, request: Request, view: object) -> bool:
        try:
            self.counts = count([policy for policy in policies(request) if policy.most])
        except RedisError as error:
            log.warning("limits are not counted: %s", error)
        return not any(count.is_over for count in self.counts)

    def wait(self) -> float:
        return max(count.wait for count in self.counts if count.is_over)

    def tell(self, response: HttpResponseBase) -> None:
        """The headers of draft-ietf-httpapi-ratelimit-headers."""
        if self.counts:
            response["RateLimit-Policy"] = ", ".join(
                f'"{policy.name}";q={policy.most};w={WINDOW}' for policy, _left, _wait in self.counts
            )
            response["RateLimit"] = ", ".join(
                f'"{policy.name}";r={max(left, 0)};t={wait}' for policy, left, wait in self.counts
            )


def policies(request: Request) -> Iterator[Policy]:
    """A user's own limit holds for all their keys together."""
    if not request.user or not request.user.is_authenticated:
        yield Policy("address", house_of(address_of(request._request)), settings.API_ADDRESS_LIMIT)
        return
    yield Policy("user", str(request.user.pk), settings.API_USER_LIMIT)
    if hasattr(request.auth, "scope"):
        yield Policy("key", str(request.auth.pk), settings.API_KEY_LIMIT)


def count(limits: Sequence[Policy]) -> list[Count]:
    """Count one more against each, and say what is left of this minute; one round trip for all."""
    if not limits:
        return []
    now = time.time()
    minute = int(now // WINDOW)
    names = [f"{_cache()['KEY_PREFIX']}:limit:{limit.name}:{limit.caller}:{minute}" for limit in limits]
    used: list[int] = _redis().eval(COUNT, len(names), *names, 2 * WINDOW)
    wait = math.ceil((minute + 1) * WINDOW - now)
    return [Count(limit, limit.most - times, wait) for limit, times in zip(limits, used, strict=True)]


def _cache() -> Any:
    """What the settings say of the cache now."""
    return settings.CACHES["default"]


def _redis() -> Any:
    """The client that the cache has too."""
    options = _cache()["OPTIONS"]
    return client_of(_cache()["LOCATION"], options["name"], options["seconds"])
