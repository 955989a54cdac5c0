"""What PostgreSQL does on a large table, asked on one that is made large for the moment."""

from django.db import connection

YEARS = 10
COPIES = """
INSERT INTO {table} SELECT (jsonb_populate_record(NULL::{table}, to_jsonb(i) || jsonb_build_object(
    'id', i.id + n, 'number', (SELECT max(number) FROM {table}) + n, 'kind', 'credit_note',
    'issued_at', i.issued_at - n * make_interval(years => {years}) / {many}) || {change})).*
FROM (SELECT * FROM {table} ORDER BY id DESC LIMIT 1) i, generate_series(1, {many}) n
"""


def plan(sql: str, params) -> str:
    """The plan of a statement, as EXPLAIN prints it."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}", params)
        return "\n".join(row for (row,) in cursor.fetchall())


def many_papers(*, change: str = "'{}'::jsonb", many: int = 5_000) -> None:
    """Copies of the newest invoice over the last years, changed as said; call it in a test that is rolled back.

    On few rows every index costs the same, so that which one is taken is chance.
    """
    table = "orders_invoice"
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(COPIES.format(table=table, years=YEARS, many=many, change=change))
        cursor.execute("SET LOCAL session_replication_role = origin")
        cursor.execute(f"ANALYZE {table}")
