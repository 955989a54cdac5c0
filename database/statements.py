"""The texts of statements that read and write rows of models, each made once."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, cast

from django.db import connection
from django.db.models import Field, Model


@cache
def fields(model: type[Model]) -> tuple["Field[Any, Any]", ...]:
    """Those that have a column, in the table's order."""
    return tuple(model._meta.concrete_fields)


@cache
def written(model: type[Model]) -> list[tuple[int, "Field[Any, Any]"]]:
    """The fields that are written, each with its place, by which it is found sooner."""
    return [(place, field) for place, field in enumerate(fields(model)) if not field.generated]


@cache
def names(model: type[Model]) -> list[str]:
    """What an object calls their values."""
    return [field.attname for field in fields(model)]


@cache
def field_of(model: type[Model], name: str) -> "Field[Any, Any]":
    """The field of this name, or of this column."""
    return next(field for field in fields(model) if name in (field.name, field.attname))


@cache
def added(model: type[Model]) -> tuple["Field[Any, Any]", ...]:
    """What an INSERT gives back: the columns that the database may fill."""
    return tuple(model._meta.db_returning_fields)


@cache
def converters(model: type[Model]) -> list[tuple[int, list[Callable[..., Any]]]]:
    """Of the fields whose values are another thing in Python, such as JSON."""
    found = [(place, field.get_db_converters(connection)) for place, field in enumerate(fields(model))]
    return [(place, some) for place, some in found if some]


@cache
def select(rest: str, *models: type[Model], more: str = "") -> str:
    """All columns of these, the first of which `rest` follows upon, and what `more` says."""
    columns = ", ".join(f"{_table(model)}.{_column(field)}" for model in models for field in fields(model))
    more = more and f", {more}"
    return f"SELECT {columns}{more} FROM {_table(models[0])} {rest}"  # noqa: S608 names of our own tables, and a constant


@cache
def select_some(model: type[Model], some: tuple["Field[Any, Any]", ...]) -> str:
    """Some columns of one row."""
    return f"SELECT {_list(some)} FROM {_table(model)} WHERE {_column(model._meta.pk)} = %s"  # noqa: S608 as above


def other(model: type[Model], name: str) -> type[Model]:
    """The model that the foreign key of this name leads to."""
    return cast("type[Model]", field_of(model, name).related_model)


@cache
def join(model: type[Model], name: str) -> str:
    """How the rows of a model have that one's beside them."""
    field, there = field_of(model, name), other(model, name)
    return f"JOIN {_table(there)} ON {_table(there)}.{_column(there._meta.pk)} = {_table(model)}.{_column(field)}"


@cache
def returning(statement: str, model: type[Model]) -> str:
    """The statement with all columns of the model where it says `{columns}`."""
    return statement.format(columns=", ".join(f"{_table(model)}.{_column(field)}" for field in fields(model)))


@cache
def insert(model: type[Model], places: tuple[int, ...], unless: str) -> str:
    """A new row with values in the columns of these places."""
    given = [fields(model)[place] for place in places]
    columns, marks = _list(given), ", ".join("%s" for _field in given)
    gives = _list(added(model)) or "TRUE"
    into = f"INSERT INTO {_table(model)} ({columns}) VALUES ({marks})"  # noqa: S608 as above
    return f"{into} {unless} RETURNING {gives}"


@cache
def insert_together(model: type[Model], places: tuple[int, ...]) -> str:
    """New rows with values in the columns of these places, given as a list for each: one text, however many rows."""
    given = [fields(model)[place] for place in places]
    lists = ", ".join(f"%s::{_kind(field)}[]" for field in given)
    gives = _list(added(model)) or "TRUE"
    into = f"INSERT INTO {_table(model)} ({_list(given)})"
    return f"{into} SELECT * FROM unnest({lists}) RETURNING {gives}"  # noqa: S608 as above


def _kind(field: "Field[Any, Any]") -> str:
    """Its type without a length: what is cast to one is cut to it, where a column refuses what is too long."""
    return str(field.db_type(connection)).partition("(")[0]


@cache
def has_lists(model: type[Model]) -> bool:
    """Whether some column has lists, of which there are no lists by rows."""
    return any(_kind(field).endswith("[]") for field in fields(model))


@cache
def update(model: type[Model], changed: tuple[str, ...], where: tuple[str, ...]) -> str:
    """These fields of one row, where it has the values of those."""
    changes = ", ".join(f"{_column(field_of(model, name))} = %s" for name in changed)
    conditions = [*(field_of(model, name) for name in where), model._meta.pk]
    held = " AND ".join(f"{_column(field)} = %s" for field in conditions)
    return f"UPDATE {_table(model)} SET {changes} WHERE {held} RETURNING TRUE"  # noqa: S608 as above


def _list(some: Iterable["Field[Any, Any]"]) -> str:
    return ", ".join(map(_column, some))


def _table(model: type[Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _column(field: "Field[Any, Any]") -> str:
    return connection.ops.quote_name(str(field.column))
