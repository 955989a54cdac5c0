"""What it looks like when a server behind the shop is away: not an error of ours, and worth one line in the log."""

import logging
from collections.abc import Iterator
from smtplib import SMTPConnectError, SMTPServerDisconnected
from socket import gaierror

import psycopg
from django.db import InterfaceError, OperationalError, connections
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


class StorageAway(ConnectionError):
    """The bucket of pictures does not answer, or refuses; the message says what it said."""


# What a door answers with 503, whatever of it is behind the failure; some of a database's own codes come besides.
UNAVAILABLE = (RedisError, OperationalError, InterfaceError, StorageAway)
OF_SERVERS = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)
NOT_REACHED = (
    *(RedisError, BrokerError, ConnectionError, TimeoutError, gaierror),
    *(SMTPConnectError, SMTPServerDisconnected),
)
# SQLSTATE of a server that was primary and is one no more, or has no room left.
READ_ONLY = "25006"
# Of a transaction that the server ended, as its client stood still in it or took too long.
GIVEN_UP = ("25P03", "25P04")
# Django has no class of its own for these.
BY_CODE = (READ_ONLY, *GIVEN_UP)
# SQLSTATE classes and codes of a connection that broke, and of a server that ends, starts, lacks room or takes no changes.
AWAY = ("08", *BY_CODE, "53", "57P01", "57P02", "57P03", "57P05", "58")


def unavailable(error: BaseException) -> bool:
    """Whether a door answers an error with 503 and Retry-After. It says so in one line of the log.

    A connection to a database that takes no changes is let go of: a new one leads to the server that does.
    """
    if not isinstance(error, UNAVAILABLE) and not _has_code(error, *BY_CODE):
        return False
    log.warning("unavailable: %s", in_one_line(error))
    if _has_code(error, READ_ONLY):
        connections.close_all()
    return True


def is_outage(error: BaseException) -> bool:
    """Whether an error says that a database, Redis or broker is away, or came back in the middle.

    A deadlock or a statement that took too long is none, though Django calls it an OperationalError too.
    """
    return database_is_away(error) or isinstance(error, NOT_REACHED)


def database_is_away(error: BaseException) -> bool:
    """The same of the database alone."""
    if not isinstance(error, OF_SERVERS) and not _has_code(error, *BY_CODE):
        return False
    return all(_is_away(cause) for cause in _causes(error))


def _has_code(error: BaseException, *codes: str) -> bool:
    return any(cause.sqlstate in codes for cause in _causes(error))


def _is_away(error: psycopg.Error) -> bool:
    """Without a code it never came from the server, which was not reached."""
    return error.sqlstate is None or error.sqlstate.startswith(AWAY)


def _causes(error: BaseException) -> list[psycopg.Error]:
    return [one for one in chain(error) if isinstance(one, psycopg.Error)]


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what it was raised from."""
    while error is not None:
        yield error
        error = error.__cause__


def in_one_line(error: BaseException) -> str:
    """Its kind and words, for a line of the log."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


class ExpectedInOneLine(logging.Filter):
    """Of a failure that is expected the log has one line, with the request's name; of all others the traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and is_outage(error):
            record.msg, record.args = f"{record.getMessage()} ({in_one_line(error)})", ()
            record.exc_info = record.exc_text = None
            vars(record)["is_outage"] = True
        # Django tells of each 503 once more.
        return not (record.name == "django.request" and getattr(record, "status_code", 0) == 503)
