"""Several prepared statements in one round trip: what does not need each other's answers goes to the server at once.

PostgreSQL runs them one after the other, each as if it had come alone: what one has locked, written or waited for, the next
one sees. After the first that fails it runs none of those behind it, a COMMIT neither.
"""

# ruff: noqa: SLF001 the steps of psycopg's `execute`, which it takes one by one for each statement, and each in Python

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from psycopg._preparing import Prepare
from psycopg._queries import PostgresQuery
from psycopg.adapt import Transformer
from psycopg.errors import OperationalError, error_from_result
from psycopg.generators import execute, fetch_many, send
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.pq.abc import PGconn, PGresult


class Asked(NamedTuple):
    """A statement as `database.fetch` takes it, with its values."""

    statement: str
    values: Any


Rows = list[tuple[Any, ...]]


class Sent:
    """What comes of a statement: `rows` are there once it was sent, and then given to `take`."""

    rows: Rows

    def __init__(self, asked: Asked, take: Callable[[Rows], object] | None = None) -> None:
        self.asked, self.take = asked, take

    def came(self, rows: Rows) -> None:
        self.rows = rows
        if self.take:
            self.take(rows)


class Kept:
    """One statement of a connection. It is read once: psycopg reads long ones, as those of an order, each time."""

    def __init__(self, line: "Connection[Any]", statement: str) -> None:
        self.line, self.statement = line, statement
        self.types = Transformer(line)
        self.query = PostgresQuery(self.types)
        self.is_read = False

    def ready(self, values: Any) -> "Ready":
        """The statement with these values, written as the server takes them. Raises what is wrong with them."""
        query = self.query
        if self.is_read:
            query.dump(values)
        else:
            query.convert(self.statement, values)
            self.is_read = True
        return Ready(self, *self.line._prepared.get(query), query.params, query.types, query.formats)

    def rows_of(self, result: "PGresult") -> Rows:
        """None of a statement that gives none."""
        self.types.set_pgresult(result)
        rows: Rows = self.types.load_rows(0, result.ntuples, tuple)
        return rows


class Ready(NamedTuple):
    """What can be sent; `how` says whether the server has it prepared for values of these types, by that name."""

    kept: Kept
    how: Prepare
    name: bytes
    params: Any
    types: Any
    formats: Any

    def send(self) -> int:
        """Hand it to libpq. In how many parts it will be answered."""
        line, query = self.kept.line, self.kept.query
        if self.how is Prepare.NO:
            line.pgconn.send_query_params(query.query, self.params, self.types, self.formats)
        elif self.how is Prepare.SHOULD:
            line.pgconn.send_prepare(self.name, query.query, self.types)
        if self.how is not Prepare.NO:
            line.pgconn.send_query_prepared(self.name, self.params, self.formats)
        line._prepared.maybe_add_to_cache(query, self.how, self.name)
        return 2 if self.how is Prepare.SHOULD else 1


def begins(line: "Connection[Any]") -> bool:
    """Whether the next statement is the first of a transaction."""
    return not line.autocommit and line.pgconn.transaction_status == TransactionStatus.IDLE


def ask_one(kept: Kept, values: Any) -> Rows:
    """The rows of one statement, in the quickest way once it is prepared."""
    line = kept.line
    with line.lock:
        one = None if line._prepared._to_flush else kept.ready(values)
        if one is None or one.how is not Prepare.YES:
            return _ask(line, [(kept, values)])[0]
        one.send()
        (result,) = line.wait(execute(line.pgconn))
        _check(line.pgconn, [result])
        return kept.rows_of(result)


def ask(
    line: "Connection[Any]", wanted: Sequence[tuple[Kept, Any]], *, and_commit: bool = False
) -> list[Rows]:
    """The rows of statements, with their values, that are sent together. Raises the first error, as `execute` does."""
    with line.lock:
        return _ask(line, wanted, and_commit=and_commit)


def _ask(
    line: "Connection[Any]", wanted: Sequence[tuple[Kept, Any]], *, and_commit: bool = False
) -> list[Rows]:
    if line._prepared._to_flush:
        line.wait(line._prepared.maintain_gen(line))
    # Before anything is sent, so that with a value that can't be nothing is.
    ready = [kept.ready(values) for kept, values in wanted]
    with _pipeline(line):
        begun = begins(line)
        if begun:
            line.pgconn.send_query_params(line._get_tx_start_command(), None)
        parts = [one.send() for one in ready]
        if and_commit:
            line.pgconn.send_query_params(b"COMMIT", None)
        line.pgconn.pipeline_sync()
        answers = iter(line.wait(_answers(line.pgconn, begun + sum(parts) + and_commit)))
    if begun:
        next(answers)
    # Of one that was prepared just now, that comes before its rows.
    last = [[*islice(answers, count)][-1] for count in parts]
    return [one.kept.rows_of(result) for one, result in zip(ready, last, strict=True)]


@contextmanager
def _pipeline(line: "Connection[Any]") -> Iterator[None]:
    line.pgconn.enter_pipeline_mode()
    try:
        yield
    except BaseException:
        # What comes behind an error is not prepared either, though psycopg has noted that it is.
        line._prepared.clear()
        raise
    finally:
        if line.pgconn.status == ConnStatus.OK:
            _leave(line)


def _leave(line: "Connection[Any]") -> None:
    try:
        line.pgconn.exit_pipeline_mode()
    except OperationalError:
        # It was interrupted, and answers are still to come: the next who asks would take them for theirs.
        line.close()


def _answers(pgconn: "PGconn", count: int) -> "Generator[Any, Any, list[PGresult]]":
    """So many results, once all is sent and the server has done with it."""
    yield from send(pgconn)
    found: list[PGresult] = []
    for _nth in range(count):
        found += yield from fetch_many(pgconn)
    yield from fetch_many(pgconn)  # the end of them
    _check(pgconn, found)
    return found


def _check(pgconn: "PGconn", found: Iterable["PGresult"]) -> None:
    for result in found:
        if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
            raise error_from_result(result, encoding=pgconn._encoding)
