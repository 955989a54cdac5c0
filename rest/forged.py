"""Words of others that are signed: how many of one network may be forged before no more are looked at."""

import logging

from django.core.cache import cache
from django.http import HttpRequest
from redis.exceptions import RedisError

from staff.middleware import address_of, house_of

log = logging.getLogger(__name__)
# In a minute: to look at one may mean to ask its sender about it.
MAX_FORGED, FORGOTTEN_AFTER = 10, 60


class Forgeries:
    """What the caller of a request has forged of late, at doors of one name."""

    def __init__(self, name: str, request: HttpRequest) -> None:
        self.name = f"{name}:{house_of(address_of(request))}"

    @property
    def are_too_many(self) -> bool:
        return bool(cache.get(self.name, 0) >= MAX_FORGED)

    def count(self) -> None:
        """One more. Without the cache it is not counted."""
        cache.add(self.name, 0, timeout=FORGOTTEN_AFTER)
        try:
            cache.incr(self.name)
        except (ValueError, RedisError) as error:
            log.warning("bad signatures are not counted: %s", error)
