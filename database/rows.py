"""Rows of models, read and written by statements that PostgreSQL plans once: for what every order does.

Django makes each of its statements anew, with the values in it, and PostgreSQL plans it anew. Here the statement is the same
text each time, its values beside it. What comes of it are the same objects. No signal is sent, and no `save` is called.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any, NamedTuple, TypeVar

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection
from django.db.models import Field, Model
from django.db.models.base import ModelState
from django.db.models.expressions import DatabaseDefault
from django.db.models.fields.related_descriptors import ForeignKeyDeferredAttribute
from django.db.models.query_utils import DeferredAttribute
from django.db.models.signals import post_init, pre_init
from django.db.transaction import TransactionManagementError
from django_fsm import FSMFieldDescriptor

from database import Asked, fetch, fetch_together, later, statements
from database.together import Rows, Sent
from database.values import as_stored

Row = TypeVar("Row", bound=Model)
# What notes a value in the object and does nothing else.
NOTING = (DeferredAttribute, ForeignKeyDeferredAttribute, FSMFieldDescriptor)


def find(model: type[Row], rest: str, values: Any) -> list[Row]:
    """The rows of a model's table; `rest` is what follows upon FROM and the table: WHERE and so on, as a constant.

    Raises TransactionManagementError where it locks rows outside of a transaction, as Django does.
    """
    _check_locking(rest)
    return [_made(model, row) for row in fetch(statements.select(rest, model), values)]


def find_one(model: type[Row], rest: str, values: Any) -> Row | None:
    """The first of them, if there is one."""
    return next(iter(find(model, rest, values)), None)


class Found(NamedTuple):
    """A statement of `find_together`, and what its rows become."""

    asked: Asked
    made: Callable[[Rows], list[Any]]


def rows_of(model: type[Row], rest: str, values: Any) -> Found:
    """What `find` finds, for `find_together`."""
    _check_locking(rest)
    return Found(
        Asked(statements.select(rest, model), values), lambda found: [_made(model, row) for row in found]
    )


def rows_with(model: type[Row], name: str, rest: str, values: Any) -> Found:
    """What `find_with` finds, likewise."""
    _check_locking(rest)
    other = statements.other(model, name)
    statement = statements.select(f"{statements.join(model, name)} {rest}", model, other)
    return Found(Asked(statement, values), lambda found: [_made_with(model, name, row) for row in found])


def rows_and_more(model: type[Row], statement: str, values: Any) -> Found:
    """The rows of a statement, each with what it gives after `{columns}`, which are the table's, for `find_together`."""
    return Found(Asked(statements.returning(statement, model), values), partial(_with_more, model))


def values_of(statement: str, values: Any) -> Found:
    """The rows of a statement as they come, likewise."""
    return Found(Asked(statement, values), list)


def find_together(*wanted: Found) -> list[list[Any]]:
    """All of these, in one round trip."""
    found = fetch_together(*(one.asked for one in wanted)) if wanted else []
    return [one.made(rows) for one, rows in zip(wanted, found, strict=True)]


def find_with(model: type[Row], name: str, rest: str, values: Any) -> list[Row]:
    """The same, each row with the one that its foreign key of this name leads to, which is there."""
    wanted = rows_with(model, name, rest, values)
    return wanted.made(fetch(*wanted.asked))


def find_with_more(
    model: type[Row], name: str, more: str, rest: str, values: Any
) -> list[tuple[Row, tuple[Any, ...]]]:
    """The same, each with what `more` says beside the columns, as a constant."""
    other = statements.other(model, name)
    width = len(statements.fields(model)) + len(statements.fields(other))
    found = fetch(
        statements.select(f"{statements.join(model, name)} {rest}", model, other, more=more), values
    )
    return [(_made_with(model, name, row[:width]), row[width:]) for row in found]


def _made_with(model: type[Row], name: str, values: Sequence[Any]) -> Row:
    width = len(statements.fields(model))
    row = _made(model, values[:width])
    setattr(row, name, _made(statements.other(model, name), values[width:]))
    return row


def insert(row: Model, *, unless: str = "") -> bool:
    """Write a new row; what the database adds to it, such as its id, is in the object then.

    `unless` is an ON CONFLICT … DO NOTHING. False where that is what was done.
    """
    found = fetch(*_inserting(row, unless))
    _note_inserted(row, found)
    return bool(found)


def insert_later(row: Model, *, unless: str = "") -> Sent:
    """The same with what is sent next, or with the commit; what the database adds is in the object after that.

    Its `rows` are none then where nothing was written.
    """
    return later(_inserting(row, unless), partial(_note_inserted, row))


def _note_inserted(row: Model, found: Rows) -> None:
    if not found:
        return
    for field, value in zip(statements.added(type(row)), found[0], strict=True):
        setattr(row, field.attname, value)
    state = row._state  # noqa: SLF001 what Django's own `save` notes
    state.adding, state.db = False, DEFAULT_DB_ALIAS


def _inserting(row: Model, unless: str = "") -> Asked:
    given = _given(row)
    return Asked(statements.insert(type(row), given.places, unless), given.values)


class _Given(NamedTuple):
    """What a new row says itself: the places of columns, and their values."""

    places: tuple[int, ...]
    values: list[Any]


def _given(row: Model) -> _Given:
    places, values = [], []
    for place, field in statements.written(type(row)):
        value = field.pre_save(row, add=True)
        if _is_given(field, value):
            places.append(place)
            values.append(as_stored(field, value))
    return _Given(tuple(places), values)


def insert_all(rows: Sequence[Model]) -> None:
    """Write new rows of one model in one statement, which is planned once; what the database adds is in the objects then."""
    if len(rows) == 1:
        insert(rows[0])
    elif rows:
        _insert_together(rows)


def _insert_together(rows: Sequence[Model]) -> None:
    model, given = type(rows[0]), [_given(row) for row in rows]
    if statements.has_lists(model) or len({one.places for one in given}) > 1:
        model._default_manager.bulk_create(rows)
        return
    columns = [list(column) for column in zip(*(one.values for one in given), strict=True)]
    found = fetch(statements.insert_together(model, given[0].places), columns)
    for row, gives in zip(rows, found, strict=True):
        _note_inserted(row, [gives])


def returned(model: type[Row], statement: str, values: Any, *, durable: bool = False) -> list[Row]:
    """The rows that a statement gives back which writes them; `{columns}` in it are the table's.

    What is `durable` is committed when this returns, in a transaction of its own: inside of another it is a RuntimeError.
    """
    return [row for row, _more in returned_with_more(model, statement, values, durable=durable)]


def returned_with_more(
    model: type[Row], statement: str, values: Any, *, durable: bool = False
) -> list[tuple[Row, tuple[Any, ...]]]:
    """The same, each row with what the statement gives after `{columns}`."""
    outer = connection.atomic_blocks[-1:]
    if durable and outer and not outer[0]._from_testcase:  # type: ignore[attr-defined]  # noqa: SLF001 as Django itself asks
        raise RuntimeError("what is to be committed at once cannot be a part of another transaction")
    return _with_more(model, fetch(statements.returning(statement, model), values))


def _with_more(model: type[Row], found: Rows) -> list[tuple[Row, tuple[Any, ...]]]:
    width = len(statements.fields(model))
    return [(_made(model, row[:width]), row[width:]) for row in found]


def update(row: Model, *names: str) -> None:
    """Write these fields of a row, as the object has them. Raises DatabaseError where there is no such row."""
    values = {name: statements.field_of(type(row), name).pre_save(row, add=False) for name in names}
    if not change(row, values):
        raise DatabaseError(f"there is no {type(row).__name__} {row.pk}")


def update_later(row: Model, *names: str) -> None:
    """The same with what is sent next, or with the commit. So it is for a row that the caller has locked: it is there."""
    values = {name: statements.field_of(type(row), name).pre_save(row, add=False) for name in names}
    later(_changing(row, values, {}))


def read_again(row: Model, *names: str) -> None:
    """Read these fields of a row anew, as the object may have them no more. Raises DatabaseError as `update` does."""
    fields = tuple(statements.field_of(type(row), name) for name in names)
    if not (found := fetch(statements.select_some(type(row), fields), [row.pk])):
        raise DatabaseError(f"there is no {type(row).__name__} {row.pk}")
    for field, value in zip(fields, found[0], strict=True):
        for convert in field.get_db_converters(connection):
            value = convert(value, None, connection)  # noqa: PLW2901 from one form into the next
        setattr(row, field.attname, value)


def change(row: Model, changes: Mapping[str, Any], **where: Any) -> bool:
    """Write into a row, and not into the object. False where the row has not what `where` says, and nothing is written."""
    return bool(fetch(*_changing(row, changes, where)))


def _changing(row: Model, changes: Mapping[str, Any], where: Mapping[str, Any]) -> Asked:
    model = type(row)
    values = [
        as_stored(statements.field_of(model, name), value)
        for name, value in (*changes.items(), *where.items())
    ]
    return Asked(statements.update(model, tuple(changes), tuple(where)), [*values, row.pk])


def _check_locking(rest: str) -> None:
    if rest.find(" UPDATE") > rest.find(" FOR ") > -1 and not connection.in_atomic_block:
        raise TransactionManagementError("rows that are locked outside of a transaction are free at once")


def _made(model: type[Row], values: Sequence[Any]) -> Row:
    given = list(values)
    for place, converters in statements.converters(model):
        for convert in converters:
            given[place] = convert(given[place], None, connection)
    if not _is_plain(model):
        return model.from_db(DEFAULT_DB_ALIAS, statements.names(model), given)
    return _noted(model, statements.names(model), given)


def part_of(model: type[Row], names: Sequence[str], values: Sequence[Any]) -> Row:
    """A row of which these columns were read; whoever asks for another one reads it then."""
    if not _is_plain(model):
        said = dict(zip(names, values, strict=True))
        given = [name for name in statements.names(model) if name in said]
        return model.from_db(DEFAULT_DB_ALIAS, given, [said[name] for name in given])
    return _noted(model, names, values)


def _noted(model: type[Row], names: Sequence[str], values: Sequence[Any]) -> Row:
    row = model.__new__(model)
    row.__dict__.update(zip(names, values, strict=True))
    row._state = ModelState()  # noqa: SLF001 what Django's own `from_db` notes
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS  # noqa: SLF001 likewise
    return row


@cache
def _is_plain(model: type[Model]) -> bool:
    """Whether Django, too, would only note the values, which takes it a step for each of them: nobody hears of it."""
    makes = (model.__init__, model.from_db.__func__)  # type: ignore[attr-defined]  # of the class
    is_usual = makes == (Model.__init__, Model.from_db.__func__)  # type: ignore[attr-defined]  # likewise
    is_heard = pre_init.has_listeners(model) or post_init.has_listeners(model)
    return is_usual and not is_heard and all(type(vars_of) in NOTING for vars_of in _attributes(model))


def _attributes(model: type[Model]) -> list[Any]:
    return [inspect.getattr_static(model, name) for name in statements.names(model)]


def _is_given(field: "Field[Any, Any]", value: object) -> bool:
    return not isinstance(value, DatabaseDefault) and not (field.primary_key and value is None)
