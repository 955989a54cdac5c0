"""What the statements of tests cost besides being carried out: plans are kept, and savepoints go straight to the server.

psycopg lets go of all that is prepared with each ROLLBACK, and a test ends with one. A rollback is rare in a shop, whose
connections keep their plans for thousands of orders; here they do so as well. PostgreSQL itself plans anew what a change of
tables makes void.

An audit is eighty statements over all tables, and a shop of a test has a handful of rows: to plan them anew, to open and
close a cursor for each, and to wait for each answer, was nine tenths of an audit, and tests do it 1,300 times. They send the
very same statements in one round trip. A test that commits looks as a shop does (orders/audit/__init__.py), with its
cursors and its snapshot.

A sixth of what tests send is savepoints: their `atomic` lies in that of the test.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import errors, pq
from psycopg._preparing import PrepareManager

from database import Asked, fetch, fetch_together
from orders import audit

_as_a_shop = audit._in_rows
_discards = PrepareManager._should_discard
_wholes: dict[tuple[str, str], str] = {}


def begin() -> None:
    """From now on, in this process."""
    audit._in_rows = _in_rows
    PrepareManager._should_discard = lambda manager, prep, results: _discards(
        manager, prep, [each for each in results if each.command_status != b"ROLLBACK"]
    )
    for name, words in (
        ("_savepoint", "SAVEPOINT"),
        ("_savepoint_commit", "RELEASE SAVEPOINT"),
        ("_savepoint_rollback", "ROLLBACK TO SAVEPOINT"),
    ):
        setattr(BaseDatabaseWrapper, name, _straight(words, getattr(BaseDatabaseWrapper, name)))


def _in_rows() -> Iterator[str]:
    if not _in_the_tests_transaction():
        return _as_a_shop()
    asked = [Asked(_whole(check, room.PARAMETERS), ()) for room in audit.ROOMS for check in room.CHECKS]
    return iter([line for rows in fetch_together(*asked) for (line,) in rows])


def lines(check: str, parameters: Mapping[str, Any]) -> list[str]:
    """What one check finds."""
    return [line for (line,) in fetch(_whole(check, parameters), ())]


def _in_the_tests_transaction() -> bool:
    return bool(connection.atomic_blocks) and connection.atomic_blocks[0]._from_testcase


def _whole(check: str, parameters: Mapping[str, Any]) -> str:
    """The statement with its parameters in it, which are always the same ones."""
    key = check, repr(parameters)
    if key not in _wholes:
        with connection.cursor() as cursor:
            _wholes[key] = cursor.mogrify(check, parameters).replace("%", "%%")
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
