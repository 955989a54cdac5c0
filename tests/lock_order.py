"""Holds every transaction of every test against the order of locks that docs/locks.md promises.

Two transactions that lock the same rows in different orders end in a deadlock, but only at the moment when they meet. Here
one alone is enough: whoever locks, updates or deletes rows of a table while holding some of a later one, and holds none of
it yet, has failed.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from database.base import DatabaseWrapper

ORDER = (
    *("accounts_user", "orders_order", "orders_giftcard", "catalog_product", "catalog_number"),
    *("orders_promotion", "orders_invoicecounter"),
)
_RANKS = {table: rank for rank, table in enumerate(ORDER)}
_NAMES = "|".join(ORDER)
_READ = re.compile(rf'\b(?:FROM|JOIN)\s+"?({_NAMES})\b"?(?:\s+(\w+))?')
_CHANGED = re.compile(rf'\b(?:UPDATE|DELETE FROM)\s+"?({_NAMES})\b')
_COUNTED_ON = re.compile(r'INSERT INTO "?(orders_invoicecounter)\b')
_LOCKED = re.compile(r'FOR (?:NO KEY )?UPDATE(?: OF "?(\w+)"?)?')
_running: list[bool] = []


class WrongOrder(AssertionError):
    """A row was locked after one that comes later."""


def watch() -> None:
    """From now on each statement of this process is looked at while a test runs."""
    execute, rows, enter = CursorWrapper._execute, DatabaseWrapper.rows, transaction.Atomic.__enter__

    def executed(cursor, sql, *args):
        answer = execute(cursor, sql, *args)
        _look_at(cursor.db, sql)
        return answer

    def fetched(db, sql, values):
        answer = rows(db, sql, values)
        _look_at(db, sql)
        return answer

    def entered(atomic):
        db = transaction.get_connection(atomic.using)
        if len(db.atomic_blocks) <= _outer(db):
            db.held = set()
        return enter(atomic)

    CursorWrapper._execute, DatabaseWrapper.rows = executed, fetched
    transaction.Atomic.__enter__ = entered


@contextmanager
def watching() -> Iterator[None]:
    """A test runs."""
    begin()
    _running.append(True)
    try:
        yield
    finally:
        _running.clear()


def begin() -> None:
    """What is open around this, of a test's fixtures or of a random walk that is undone, is no transaction of the shop."""
    connection.outer_blocks, connection.held = len(connection.atomic_blocks), set()


def _look_at(db, sql) -> None:
    if _running and isinstance(sql, str) and len(db.atomic_blocks) > _outer(db):
        look(db.held, sql)


def look(held: set[str], sql: str) -> None:
    """Add the tables of which the statement locks rows. Raises WrongOrder."""
    for table in locked_by(sql):
        later = [other for other in held if _RANKS[other] > _RANKS[table]]
        if later and table not in held:
            raise WrongOrder(f"{table} is locked after {', '.join(later)}: {sql[:300]}")
    held.update(locked_by(sql))


@lru_cache(maxsize=10_000)
def locked_by(sql: str) -> frozenset[str]:
    """The tables of which a statement locks rows that were there before; a statement's own order is not looked at."""
    if not any(word in sql for word in ("UPDATE", "DELETE")):
        return frozenset()
    tables = {*_CHANGED.findall(sql), *_COUNTED_ON.findall(sql)}
    names = {}
    for table, alias in _READ.findall(sql):
        names |= {table: table, alias or table: table}
    for of in _LOCKED.findall(sql):
        tables |= {names[of]} if of in names else set() if of else {*[*names.values()][:1]}
    return frozenset(tables)


def _outer(db) -> int:
    return getattr(db, "outer_blocks", 0)
