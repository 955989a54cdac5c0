"""The cache: Redis through one pool of connections per process, and never a reason to wait.

What is kept here is of two kinds. Limits, asked-for rounds and fragments only help: the cache `default` forgets them when
Redis is away. Previews are needed: the cache `previews` says so. A breaker stands before each, so that a Redis that
hangs costs one caller one short timeout.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis import Redis
from redis.exceptions import RedisError

from rest.redis_client import client_of


class Client(RedisCacheClient):
    """Django's, with one pool: its own makes one for each request that a thread answers, and a client for each call."""

    def __init__(self, servers: list[str], *, name: str, seconds: float) -> None:
        super().__init__(servers)
        self.shared = client_of(servers[0], name, seconds)

    def get_client(self, key: object = None, *, write: bool = False) -> Redis:
        return self.shared


class Needed(RedisCache):
    """A cache that raises RedisError when it can't be reached. OPTIONS: its `name` in the log, and `seconds` to wait."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = Client
        # Django takes what commas separate for servers of their own; here they are sentinels of one address.
        self._servers = [server]


def forgets(method: Callable[..., Any], *, empty: object) -> Callable[..., Any]:
    """The method; while Redis is away it says what an empty cache says."""

    @wraps(method)
    def call(*given: Any, **options: Any) -> Any:
        try:
            return method(*given, **options)
        except RedisError:
            return empty

    return call


class Helpful(Needed):
    """A cache of what one can do without: while Redis is away it is empty, and keeps nothing.

    Only `incr` raises RedisError then: a count can't be made up.
    """

    add = forgets(Needed.add, empty=True)
    set = forgets(Needed.set, empty=None)
    set_many = forgets(Needed.set_many, empty=())
    touch = forgets(Needed.touch, empty=False)
    delete = forgets(Needed.delete, empty=False)
    delete_many = forgets(Needed.delete_many, empty=None)
    has_key = forgets(Needed.has_key, empty=False)

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return forgets(super().get, empty=default)(key, default, version)

    def get_many(self, keys: Any, version: int | None = None) -> dict[str, Any]:
        found: dict[str, Any] = forgets(super().get_many, empty={})(keys, version)
        return found
