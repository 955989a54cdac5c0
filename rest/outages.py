"""What it looks like when a server behind the shop is away: not an error of ours, and worth one line in the log."""

from collections.abc import Iterator

import psycopg
from django.db import InterfaceError, OperationalError
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

# What a door answers with 503.
UNAVAILABLE = (RedisError, OperationalError, InterfaceError)
# SQLSTATE classes and codes of a connection that broke, and of a server that ends, starts or has no room for one more.
AWAY = ("08", "57P01", "57P02", "57P03", "57P05", "53300")


def is_outage(error: BaseException) -> bool:
    """Whether an error says that a database, Redis or broker is away, or came back in the middle.

    A deadlock or a statement that took too long is none, though Django calls it an OperationalError too.
    """
    if isinstance(error, OperationalError | InterfaceError):
        return _says_away(error)
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return _is_away(error)
    return isinstance(error, RedisError | BrokerError | ConnectionError | TimeoutError)


def _says_away(error: BaseException) -> bool:
    causes = [one for one in chain(error) if isinstance(one, psycopg.Error)]
    return all(_is_away(cause) for cause in causes)


def _is_away(error: psycopg.Error) -> bool:
    """Without a code it never came from the server, which was not reached."""
    return error.sqlstate is None or error.sqlstate.startswith(AWAY)


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what it was raised from."""
    while error is not None:
        yield error
        error = error.__cause__
