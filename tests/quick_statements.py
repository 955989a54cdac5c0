"""What the statements of tests cost besides being carried out: plans are kept, and savepoints go straight to the server.

psycopg lets go of all that is prepared with each ROLLBACK, and a test ends with one. A rollback is rare in a shop, whose
connections keep their plans for thousands of orders; here they do so as well. PostgreSQL itself plans anew what a change of
tables makes void.

An audit is eighty statements over all tables, and a shop of a test has a handful of rows: to plan them anew, and to open and
close a cursor for each, was seven eighths of an audit, and tests do it 1,300 times. The statements are the very same. A test
that commits looks as a shop does (orders/audit/__init__.py), with its cursors and its snapshot.

A sixth of what tests send is savepoints: their `atomic` lies in that of the test.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import errors, pq
from psycopg._preparing import PrepareManager

from database import prepared
from orders import audit

_as_a_shop = audit._lines
_discards = PrepareManager._should_discard
_wholes: dict[tuple[str, str], str] = {}


def begin() -> None:
    """From now on, in this process."""
    audit._lines = _lines
    PrepareManager._should_discard = lambda manager, prep, results: _discards(
        manager, prep, [each for each in results if each.command_status != b"ROLLBACK"]
    )
    for name, words in (
        ("_savepoint", "SAVEPOINT"),
        ("_savepoint_commit", "RELEASE SAVEPOINT"),
        ("_savepoint_rollback", "ROLLBACK TO SAVEPOINT"),
    ):
        setattr(BaseDatabaseWrapper, name, _straight(words, getattr(BaseDatabaseWrapper, name)))


def _lines(check: str, parameters: Mapping[str, Any]) -> Iterator[str]:
    if not _in_the_tests_transaction():
        return _as_a_shop(check, parameters)
    with prepared() as cursor:
        cursor.execute(_whole(check, parameters))
        return iter([line for (line,) in cursor.fetchall()])


def _in_the_tests_transaction() -> bool:
    return bool(connection.atomic_blocks) and connection.atomic_blocks[0]._from_testcase


def _whole(check: str, parameters: Mapping[str, Any]) -> str:
    """The statement with its parameters in it, which are always the same ones."""
    key = check, repr(parameters)
    if key not in _wholes:
        with connection.cursor() as cursor:
            _wholes[key] = cursor.mogrify(check, parameters)
    return _wholes[key]


def _straight(words: str, usual: Callable[..., None]) -> Callable[..., None]:
    def send(db: Any, name: str) -> None:
        begun = db.connection.pgconn.transaction_status == pq.TransactionStatus.INTRANS
        if not begun or db.needs_rollback or db.queries_logged or db.execute_wrappers:
            usual(db, name)
            return
        with db.wrap_database_errors:
            answer = db.connection.pgconn.exec_(f'{words} "{name}"'.encode())
            if answer.status != pq.ExecStatus.COMMAND_OK:
                raise errors.error_from_result(answer)

    return send
