"""Rows of models, read and written by statements that PostgreSQL plans once: for what every order does.

Django makes each of its statements anew, with the values in it, and PostgreSQL plans it anew. Here the statement is the same
text each time, its values beside it. What comes of it are the same objects. No signal is sent, and no `save` is called.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar, cast
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections, models
from django.db.models import Field, Model
from django.db.models.base import ModelState
from django.db.models.expressions import DatabaseDefault
from django.db.models.fields.related_descriptors import ForeignKeyDeferredAttribute
from django.db.models.query_utils import DeferredAttribute
from django.db.models.signals import post_init, pre_init
from django.db.transaction import TransactionManagementError
from django_fsm import FSMFieldDescriptor

from database import fetch

Row = TypeVar("Row", bound=Model)
# What these fields store as it is, and so do those of their kind that change nothing of how they store.
AS_THEY_ARE: "dict[type[Field[Any, Any]], type]" = {
    models.CharField: str,
    models.TextField: str,
    models.BooleanField: bool,
    models.IntegerField: int,
    models.BigAutoField: int,
    models.DecimalField: Decimal,
    models.UUIDField: UUID,
}
# What notes a value in the object and does nothing else.
NOTING = (DeferredAttribute, ForeignKeyDeferredAttribute, FSMFieldDescriptor)
STORING = ("get_db_prep_save", "get_db_prep_value", "get_prep_value", "to_python")


def find(model: type[Row], rest: str, values: Any) -> list[Row]:
    """The rows of a model's table; `rest` is what follows upon FROM and the table: WHERE and so on, as a constant.

    Raises TransactionManagementError where it locks rows outside of a transaction, as Django does.
    """
    _check_locking(rest)
    return [_made(model, row) for row in fetch(_select(rest, model), values)]


def find_one(model: type[Row], rest: str, values: Any) -> Row | None:
    """The first of them, if there is one."""
    return next(iter(find(model, rest, values)), None)


def find_with(model: type[Row], name: str, rest: str, values: Any) -> list[Row]:
    """The same, each row with the one that its foreign key of this name leads to, which is there."""
    _check_locking(rest)
    other, width = _other(model, name), len(_fields(model))
    found = []
    for values_of_both in fetch(_select(f"{_join(model, name)} {rest}", model, other), values):
        row = _made(model, values_of_both[:width])
        setattr(row, name, _made(other, values_of_both[width:]))
        found.append(row)
    return found


def insert(row: Model, *, unless: str = "") -> bool:
    """Write a new row; what the database adds to it, such as its id, is in the object then.

    `unless` is an ON CONFLICT … DO NOTHING. False where that is what was done.
    """
    given = {field: field.pre_save(row, add=True) for field in _fields(type(row)) if not field.generated}
    given = {field: value for field, value in given.items() if _is_given(field, value)}
    values = [as_stored(field, value) for field, value in given.items()]
    found = fetch(_insert(type(row), tuple(given), unless), values)
    if not found:
        return False
    for field, value in zip(_added(type(row)), found[0], strict=True):
        setattr(row, field.attname, value)
    state = row._state  # noqa: SLF001 what Django's own `save` notes
    state.adding, state.db = False, DEFAULT_DB_ALIAS
    return True


def insert_all(rows: Sequence[Model]) -> None:
    """Write new rows of one model in one statement: of one row, as mostly, it is planned once."""
    if len(rows) == 1:
        insert(rows[0])
    elif rows:
        type(rows[0])._default_manager.bulk_create(rows)


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
    width = len(_fields(model))
    found = fetch(_returning(statement, model), values)
    return [(_made(model, row[:width]), row[width:]) for row in found]


def update(row: Model, *names: str) -> None:
    """Write these fields of a row, as the object has them. Raises DatabaseError where there is no such row."""
    values = {name: _field(type(row), name).pre_save(row, add=False) for name in names}
    if not change(row, values):
        raise DatabaseError(f"there is no {type(row).__name__} {row.pk}")


def read_again(row: Model, *names: str) -> None:
    """Read these fields of a row anew, as the object may have them no more. Raises DatabaseError as `update` does."""
    fields = tuple(_field(type(row), name) for name in names)
    found = fetch(_select_some(type(row), fields), [row.pk])
    if not found:
        raise DatabaseError(f"there is no {type(row).__name__} {row.pk}")
    for field, value in zip(fields, found[0], strict=True):
        for convert in field.get_db_converters(connection):
            value = convert(value, None, connection)  # noqa: PLW2901 from one form into the next
        setattr(row, field.attname, value)


def change(row: Model, changes: Mapping[str, Any], **where: Any) -> bool:
    """Write into a row, and not into the object. False where the row has not what `where` says, and nothing is written."""
    model = type(row)
    values = [as_stored(_field(model, name), value) for name, value in (*changes.items(), *where.items())]
    return bool(fetch(_update(model, tuple(changes), tuple(where)), [*values, row.pk]))


def as_stored(field: "Field[Any, Any]", value: Any) -> Any:
    """A value as its column takes it: mostly as it is, for which Django asks several methods of each field."""
    is_plain = type(value) is _plain(field)
    # What is no number is refused by its field.
    if value is None or (is_plain and not (isinstance(value, Decimal) and not value.is_finite())):
        return value
    return field.get_db_prep_save(value, connections[DEFAULT_DB_ALIAS])


@cache
def _plain(field: "Field[Any, Any]") -> type | None:
    """The type of values that a field stores as they are; None where it makes something of each."""
    stored = field.target_field if isinstance(field, models.ForeignKey) else field
    kinds = (kind for kind in AS_THEY_ARE if isinstance(stored, kind))
    alike = (
        kind for kind in kinds if all(getattr(type(stored), one) is getattr(kind, one) for one in STORING)
    )
    return next((AS_THEY_ARE[kind] for kind in alike), None)


def _check_locking(rest: str) -> None:
    if rest.find(" UPDATE") > rest.find(" FOR ") > -1 and not connection.in_atomic_block:
        raise TransactionManagementError("rows that are locked outside of a transaction are free at once")


def _made(model: type[Row], values: Sequence[Any]) -> Row:
    given = list(values)
    for place, converters in _converters(model):
        for convert in converters:
            given[place] = convert(given[place], None, connection)
    if not _is_plain(model):
        return model.from_db(DEFAULT_DB_ALIAS, _names(model), given)
    row = model.__new__(model)
    row.__dict__.update(zip(_names(model), given, strict=True))
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
    return [inspect.getattr_static(model, name) for name in _names(model)]


def _is_given(field: "Field[Any, Any]", value: object) -> bool:
    return not isinstance(value, DatabaseDefault) and not (field.primary_key and value is None)


@cache
def _fields(model: type[Model]) -> tuple["Field[Any, Any]", ...]:
    return tuple(model._meta.concrete_fields)


@cache
def _names(model: type[Model]) -> list[str]:
    return [field.attname for field in _fields(model)]


@cache
def _field(model: type[Model], name: str) -> "Field[Any, Any]":
    return next(field for field in _fields(model) if name in (field.name, field.attname))


@cache
def _added(model: type[Model]) -> tuple["Field[Any, Any]", ...]:
    """What an INSERT gives back: the columns that the database may fill."""
    return tuple(model._meta.db_returning_fields)


@cache
def _converters(model: type[Model]) -> list[tuple[int, list[Callable[..., Any]]]]:
    """Of the fields whose values are another thing in Python, such as JSON."""
    found = [(place, field.get_db_converters(connection)) for place, field in enumerate(_fields(model))]
    return [(place, converters) for place, converters in found if converters]


@cache
def _select(rest: str, *models: type[Model]) -> str:
    columns = ", ".join(f"{_table(model)}.{_column(field)}" for model in models for field in _fields(model))
    return f"SELECT {columns} FROM {_table(models[0])} {rest}"  # noqa: S608 names of our own tables, and a constant


@cache
def _select_some(model: type[Model], fields: tuple["Field[Any, Any]", ...]) -> str:
    return f"SELECT {_list(fields)} FROM {_table(model)} WHERE {_column(model._meta.pk)} = %s"  # noqa: S608 as above


def _other(model: type[Model], name: str) -> type[Model]:
    return cast("type[Model]", _field(model, name).related_model)


@cache
def _join(model: type[Model], name: str) -> str:
    field, other = _field(model, name), _other(model, name)
    return f"JOIN {_table(other)} ON {_table(other)}.{_column(other._meta.pk)} = {_table(model)}.{_column(field)}"


@cache
def _returning(statement: str, model: type[Model]) -> str:
    return statement.format(
        columns=", ".join(f"{_table(model)}.{_column(field)}" for field in _fields(model))
    )


@cache
def _insert(model: type[Model], fields: tuple["Field[Any, Any]", ...], unless: str) -> str:
    columns, marks = _list(fields), ", ".join("%s" for _field in fields)
    returning = _list(_added(model)) or "TRUE"
    into = f"INSERT INTO {_table(model)} ({columns}) VALUES ({marks})"  # noqa: S608 as above
    return f"{into} {unless} RETURNING {returning}"


@cache
def _update(model: type[Model], names: tuple[str, ...], where: tuple[str, ...]) -> str:
    changes = ", ".join(f"{_column(_field(model, name))} = %s" for name in names)
    conditions = [*(_field(model, name) for name in where), model._meta.pk]
    held = " AND ".join(f"{_column(field)} = %s" for field in conditions)
    return f"UPDATE {_table(model)} SET {changes} WHERE {held} RETURNING TRUE"  # noqa: S608 as above


def _list(fields: Iterable["Field[Any, Any]"]) -> str:
    return ", ".join(map(_column, fields))


def _table(model: type[Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _column(field: "Field[Any, Any]") -> str:
    return connection.ops.quote_name(str(field.column))
