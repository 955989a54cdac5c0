"""Which errors say that a server behind the shop is away, and what the log has of them."""

import logging

import psycopg
import pytest
from django.db import DataError, InternalError, OperationalError
from kombu.exceptions import OperationalError as BrokerError
from psycopg import errors
from redis.exceptions import ConnectionError as NotReached

from rest.outages import ExpectedInOneLine, is_outage, unavailable


def raised(kind: type[Exception], cause: Exception | None = None, words: str = "") -> Exception:
    try:
        raise kind(words) from cause
    except kind as error:
        return error


EXPECTED = [
    raised(OperationalError, psycopg.OperationalError("the connection is closed")),
    raised(OperationalError, errors.AdminShutdown()),
    raised(OperationalError, errors.CannotConnectNow()),
    raised(OperationalError, errors.TooManyConnections()),
    raised(OperationalError, errors.DiskFull()),
    raised(InternalError, errors.ReadOnlySqlTransaction()),
    raised(InternalError, errors.IdleInTransactionSessionTimeout()),
    NotReached("no Redis"),
    BrokerError("no broker"),
    ConnectionRefusedError("no mail server"),
]
NOT_EXPECTED = [
    raised(OperationalError, errors.DeadlockDetected()),
    raised(OperationalError, errors.LockNotAvailable()),
    raised(InternalError, errors.InFailedSqlTransaction()),
    raised(DataError, errors.NumericValueOutOfRange()),
    KeyError("nobody thought of that"),
]


def written(error: Exception) -> str:
    """What the log has of it."""
    record = logging.LogRecord(
        "test", logging.ERROR, "", 0, "%s failed", ("it",), (type(error), error, error.__traceback__)
    )
    ExpectedInOneLine().filter(record)
    return logging.Formatter("%(message)s").format(record)


@pytest.mark.parametrize("error", EXPECTED, ids=repr)
def test_what_is_expected_is_one_line_and_what_is_not_has_its_traceback(error):
    assert is_outage(error)
    assert len(written(error).splitlines()) == 1
    assert written(error).startswith(f"it failed ({type(error).__name__}")


@pytest.mark.parametrize("error", NOT_EXPECTED, ids=repr)
def test_what_is_not_expected_has_its_traceback(error):
    assert not is_outage(error)
    assert type(error).__name__ in written(error).splitlines()[-1]


def test_words_of_several_lines_become_one():
    error = raised(
        OperationalError, psycopg.OperationalError(), "connection failed\n\tIs the server running?\n"
    )
    assert written(error) == "it failed (OperationalError: connection failed Is the server running?)"


def test_a_503_is_told_once():
    record = logging.LogRecord("django.request", logging.ERROR, "", 0, "Service Unavailable: /", (), None)
    record.status_code = 503
    assert not ExpectedInOneLine().filter(record)


def test_a_door_says_when_to_come_again_and_nothing_of_errors_of_ours():
    assert [unavailable(error) for error in NOT_EXPECTED] == [True, True, False, False, False]
