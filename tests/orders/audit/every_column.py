# ruff: noqa: S608 statements are made of the names of our own tables
"""Every column of every table of orders and of the catalog, and what damage to each is done by somebody past every guard."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import connection, models, transaction

from orders import audit
from tests import quick_statements

APPS = ("orders", "catalog")
# How a value of a type becomes another one of it; `{c}` is the column. What is text gets a letter more, within its length.
OTHER = {
    "boolean": "NOT {c}",
    "uuid": "gen_random_uuid()",
    "jsonb": "CASE WHEN {c} = '{{}}' THEN '{{\"x\": 1}}'::jsonb ELSE '{{}}'::jsonb END",
    "bytea": "sha256({c})",
    "date": "{c} + 1000",
    "timestamp with time zone": "{c} + interval '1000 days'",
    "text": "concat('x', {c})",
    "tsvector": "''::tsvector",
    "text[]": "ARRAY['x']::varchar[]",
    "inet": "'192.0.2.1'::inet",
}
NUMBER = re.compile(r"(big|small)?int|integer|serial|numeric|double")
LETTERS = re.compile(r"varchar\((\d+)\)")


@dataclass(frozen=True)
class Damage:
    """One change of one row of a table."""

    table: str
    column: str
    kind: str
    statement: str

    @property
    def name(self) -> str:
        return f"{self.table}.{self.column} {self.kind}"


class _Undone(Exception):
    pass


def tables() -> dict[str, type[models.Model]]:
    """Every table of these rooms, those between two models too."""
    every = [
        model for app in APPS for model in apps.get_app_config(app).get_models(include_auto_created=True)
    ]
    return {model._meta.db_table: model for model in every if not model._meta.proxy}


def damages(table: str, model: type[models.Model]) -> Iterator[Damage]:
    """What is done to a table: a row goes, and each column of a row becomes another, or nothing."""
    key = model._meta.pk.column
    yield Damage(table, "*", "gone", f"DELETE FROM {table} WHERE {key} = {_row(table, key, 'TRUE')}")
    for field in model._meta.concrete_fields:
        # A primary key names its row to others: what loses its row is another table's column.
        if field.primary_key:
            continue
        column = connection.ops.quote_name(field.column)
        row = _row(table, key, ROWS.get(f"{table}.{field.column}", "TRUE") + f" AND {column} IS NOT NULL")
        change = f"UPDATE {table} SET {column} = {_other(field, column)} WHERE {key} = {row}"
        yield Damage(table, field.column, "other", change)
        if field.null:
            yield Damage(
                table, field.column, "null", f"UPDATE {table} SET {column} = NULL WHERE {key} = {row}"
            )


# Which row of a table is damaged where a column counts in some of them alone; else the first that has a value.
ROWS = {
    "orders_order.pay_by": "status = 'pay_required'",
    "orders_order.tracking_code": "status = 'done'",
    "orders_shipment.tracking_code": "completes",
    "orders_mail.next_attempt_at": "sent_at IS NULL",
    "orders_payment.next_attempt_at": "status = 'waiting'",
    "orders_refund.next_attempt_at": "state = 'asked'",
    "orders_invoicecounter.last_at": "kind = 'invoice'",
    # The key of a change that the provider undid is random, and before all others in one of 150 runs; it has no such tax.
    "orders_orderchange.shipping_tax": "kind <> 'undone'",
    "orders_bankentry.currency": "state = 'matched'",
}


def _row(table: str, key: str, where: str) -> str:
    return f"(SELECT {key} FROM {table} WHERE {where} ORDER BY {key} LIMIT 1)"


def _other(field: models.Field, column: str) -> str:
    kind = str(field.db_type(connection))
    if field.is_relation:
        of, its = field.related_model._meta.db_table, field.target_field.column
        far = "gen_random_uuid()" if kind == "uuid" else "1000000"
        return f"coalesce((SELECT {its} FROM {of} o WHERE o.{its} <> {column} ORDER BY {its} LIMIT 1), {far})"
    if found := LETTERS.fullmatch(kind):
        first = f"CASE left({column}, 1) WHEN 'x' THEN 'y' ELSE 'x' END"
        return f"left(concat({first}, {column}), {found[1]})"
    if NUMBER.match(kind):
        return f"{column} + 1"
    return OTHER["text[]" if kind.endswith("[]") else kind].format(c=column)


def said_of(damage: Damage) -> str | None:
    """What the audit says of it first, "" if nothing; None where the world has no such row. It is undone afterwards.

    Only the checks that read the table are asked: no other can find it.
    """
    said: str | None = None
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(damage.statement)
            if cursor.rowcount:
                said = next(_words(damage.table), "")
            raise _Undone
    except _Undone:
        return said


def _words(table: str) -> Iterator[str]:
    about = re.compile(rf"\b{table}\b")
    for room in audit.ROOMS:
        for check in room.CHECKS:
            if about.search(check):
                yield from quick_statements.lines(check, room.PARAMETERS)
