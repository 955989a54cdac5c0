"""Rows that are only ever added, chained by hash: each carries the hash of what it says and of the row before it.

A trigger of the database computes it as a row is inserted, from any connection; `manage.py audit` computes it again. So a
row that was changed, put in or taken away past every guard is found, unless all that follows in its chain was hashed anew,
and then the days' digests that were kept elsewhere tell (orders/audit/heads.py). There is one chain for each order,
product or series of papers: its rows are written under a lock that is held anyway, so that no order waits for another.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pgtrigger
from django.db import connection, models, transaction

# Rows that are linked in one transaction when a table gets its chain, and owners of which the rows are looked for.
BATCH_SIZE, OWNERS = 5000, 1000


def hash_field() -> "models.BinaryField[Any, Any]":
    """The column that the trigger fills. Empty: the row before has none yet, from before there were chains."""
    return models.BinaryField(max_length=32, null=True, editable=False)


@dataclass(frozen=True)
class Chain:
    """How the rows of a table are chained: one chain for each value of `within`, in the order of `along`.

    `says` is an SQL expression of all that a row says, in which `{row}` stands for the row, by a name that the expression
    does not use itself. It is a ROW as text, which is unambiguous, without what depends on a session's settings (times are
    seconds, bytes are hex). `before` are statements of the trigger that fill other columns first. Whoever inserts a row
    holds the lock of its `owner`, a table and its key.
    """

    table: str
    within: str
    along: str
    says: str
    owner: tuple[str, str]
    before: str = ""

    def said_by(self, row: str) -> str:
        """The expression of what a row says, by the row's name in a statement."""
        return self.says.format(row=row)

    def trigger(self) -> pgtrigger.Trigger:
        """What links each new row to the one before it. A row after one without a hash has none either."""
        return pgtrigger.Trigger(
            name="linked",
            operation=pgtrigger.Insert,
            when=pgtrigger.Before,
            declare=[("previous", "bytea")],
            func=f"""
                {self.before}
                SELECT hash INTO previous FROM {self.table}
                WHERE {self.within} = NEW.{self.within} AND {self.along} < NEW.{self.along}
                ORDER BY {self.along} DESC LIMIT 1;
                IF NOT FOUND THEN
                    previous := '';
                END IF;
                NEW.hash := sha256(previous || convert_to({self.said_by("NEW")}, 'UTF8'));
                RETURN NEW;
            """,  # noqa: S608 names of our own tables
        )

    def link(self, protection: str, fill: Callable[[list[Any]], None] | None = None) -> int:
        """Link the rows of a table that got its chain, a piece at a time, while the shop goes on; how many there were.

        `protection` is the database's name of the trigger that keeps the rows from being changed; `fill` fills other
        columns of the rows of these owners before. Each piece is a transaction of its own.
        """
        linked = 0
        for owners in self._owners():
            if fill:
                fill(owners)
            while piece := self._link_piece(owners, protection):
                linked += piece
                if piece < BATCH_SIZE:
                    break
        return linked

    def _owners(self) -> Iterator[list[Any]]:
        table, key = self.owner
        after: list[Any] = []
        while True:
            where = f"WHERE {key} > %s" if after else ""
            rows = _ask(f"SELECT {key} FROM {table} {where} ORDER BY {key} LIMIT {OWNERS}", after)  # noqa: S608 our own names
            if not rows:
                return
            after = [rows[-1][0]]
            yield [owner for (owner,) in rows]

    @transaction.atomic
    def _link_piece(self, owners: list[Any], protection: str) -> int:
        table, key = self.owner
        _ask(f"SELECT {key} FROM {table} WHERE {key} = ANY(%s) ORDER BY {key} FOR NO KEY UPDATE", [owners])  # noqa: S608 our own names
        rows = _ask(self._unlinked(), [owners, BATCH_SIZE])
        hashes: dict[int, bytes] = {}
        previous, chain = b"", None
        for pk, within, before, said in rows:
            if within != chain:
                previous, chain = bytes(before or b""), within
            previous = hashes[pk] = hashlib.sha256(previous + said.encode()).digest()
        with connection.cursor() as cursor:
            allow(cursor, protection)
            cursor.execute(
                f"UPDATE {self.table} t SET hash = h.hash "  # noqa: S608 our own names
                "FROM unnest(%s::bigint[], %s::bytea[]) AS h(id, hash) WHERE t.id = h.id",
                [list(hashes), list(hashes.values())],
            )
        return len(rows)

    def _unlinked(self) -> str:
        before = (
            f"SELECT p.hash FROM {self.table} p WHERE p.{self.within} = r.{self.within} "  # noqa: S608 our own names
            f"AND p.{self.along} < r.{self.along} ORDER BY p.{self.along} DESC LIMIT 1"
        )
        return (
            f"SELECT r.id, r.{self.within}, ({before}), {self.said_by('r')} FROM {self.table} r "  # noqa: S608 our own names
            f"WHERE r.{self.within} = ANY(%s) AND r.hash IS NULL ORDER BY r.{self.within}, r.{self.along} LIMIT %s"
        )


def protection_of(model: Any) -> str:
    """The database's name of the trigger that keeps a model's rows from being changed."""
    triggers: list[pgtrigger.Trigger] = model._meta.triggers
    return next(trigger.get_pgid(model) for trigger in triggers if trigger.name == "only_added")


def allow(cursor: Any, protection: str) -> None:
    """Let rows be changed until the transaction ends, past the trigger of this name that protects them."""
    cursor.execute("SELECT set_config('pgtrigger.ignore', %s, true)", [f"{{{protection}}}"])


def _ask(statement: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
