"""Redis as the shop asks it: one pool of connections per process, short waits, and a breaker in front."""

from functools import cache
from typing import Any

from redis import ConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as NotReached
from redis.retry import Retry

from rest.breaker import Away, Breaker


class Guarded(Redis):
    """A Redis client whose every command passes the breaker."""

    breaker: Breaker

    def execute_command(self, *command: Any, **options: Any) -> Any:
        ask: Any = super().execute_command
        return self.breaker.call(lambda: ask(*command, **options))

    def pipeline(self, *given: Any, **options: Any) -> Any:
        if self.breaker.is_open:
            raise Away(f"{self.breaker.name} is away")
        return super().pipeline(*given, **options)


@cache
def client_of(address: str, name: str, seconds: float) -> Guarded:
    """This process's client of a Redis, as `name` in the log: `seconds` for a connection, and for each answer.

    Threads share its pool. A kept connection that broke is replaced once, at once; an answer that did not come is not
    asked for twice.
    """
    once_more = Retry(NoBackoff(), 1, supported_errors=(NotReached,))
    pool = ConnectionPool.from_url(
        address, socket_connect_timeout=seconds, socket_timeout=seconds, retry=once_more
    )
    client = Guarded(connection_pool=pool)
    client.breaker = Breaker(name, Redis(connection_pool=pool).ping)
    return client
