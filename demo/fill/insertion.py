"""INSERT … SELECT into a model's table, with the model's own defaults for columns that are not given."""

from typing import Any

from django.db import connection, models
from django.db.models import AutoField


def run(statement: str, **parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)


def insert(
    model: type[models.Model], source: str, parameters: dict[str, Any] | None = None, /, **given: str
) -> None:
    """Add a row for each row of `source` (what follows FROM); `given` are SQL expressions by column.

    A large source is ordered as its rows came in time: then indexes grow at their ends, as they do in a shop that sells,
    and millions of rows need not be looked for all over the disk.
    """
    columns, values, filled = list(given), list(given.values()), dict(parameters or {})
    for field in model._meta.concrete_fields:
        column = str(field.column)
        if column not in given and _is_needed(field):
            columns.append(column)
            values.append(f"%(default_{column})s")
            filled[f"default_{column}"] = field.get_db_prep_save(field.get_default(), connection)
    names = ", ".join(f'"{column}"' for column in columns)
    run(
        f"INSERT INTO {model._meta.db_table} ({names}) SELECT {', '.join(values)} FROM {source}",
        **filled,
    )


def _is_needed(field: "models.Field[Any, Any]") -> bool:
    """Whether a row must name the field: the database has no value for it by itself."""
    return not (isinstance(field, AutoField) or field.null or field.has_db_default() or field.generated)


def next_id(model: type[models.Model]) -> str:
    """The expression of a fresh id, for rows that others are to point at. Its sequence is looked up once for all rows."""
    return f"nextval((SELECT pg_get_serial_sequence('{model._meta.db_table}', 'id')::regclass))"
