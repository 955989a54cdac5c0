"""Digests of all that is chained, one for each table and day (UTC), to be kept where nobody reaches who can write here.

Who may do everything with the database can change a row and hash anew all that follows in its chain: then nothing in the
database gives it away. A digest that was kept elsewhere does: it is the hash of a day's hashes.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from catalog.models import MOVEMENTS
from orders.models.history import HISTORY
from orders.models.invoice import PAPERS
from orders.models.money.gift_card import CARD_ENTRIES
from orders.models.money.payment import LEDGER

# What is younger may be of a transaction that has not ended yet, and is left to the next digests.
YOUNG = timedelta(minutes=15)
UNTIL = "until"
TABLES = {
    "history": (HISTORY.table, "at"),
    "ledger": (LEDGER.table, "at"),
    "papers": (PAPERS.table, "issued_at"),
    "movements": (MOVEMENTS.table, "at"),
    "cards": (CARD_ENTRIES.table, "at"),
}
# Of these alone tell digests from before they named their tables.
UNNAMED = ("history", "ledger", "papers", "movements")
DIGESTS = """
SELECT to_char(date_trunc('day', {at} AT TIME ZONE 'UTC'), 'YYYY-MM-DD') AS day, count(*),
    encode(sha256(string_agg(coalesce(hash, ''), ''::bytea ORDER BY id)), 'hex')
FROM {table} WHERE {at} < %s GROUP BY day ORDER BY day
"""


class BadHeads(ValueError):
    """What should be digests are none."""


def heads(until: datetime | None = None, tables: Collection[str] = tuple(TABLES)) -> Iterator[str]:
    """A line for the moment up to which rows are counted and the tables, then one for each table and day: rows, digest."""
    moment = until or timezone.now() - YOUNG
    yield " ".join([UNTIL, moment.isoformat(), *tables])
    for name, (table, at) in TABLES.items():
        if name in tables:
            yield from _of_days(name, table, at, moment)


def _of_days(name: str, table: str, at: str, until: datetime) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(DIGESTS.format(table=table, at=at), [until])
        for day, count, digest in cursor:
            yield f"{name} {day} {count} {digest}"


def differences(kept: Iterable[str]) -> Iterator[str]:
    """A line for each day that is not what it was when these lines were made by `heads`. Raises BadHeads."""
    first, *lines = [line.strip() for line in kept if line.strip()] or [""]
    until, tables = _begun(first)
    then, now = dict(map(_read, lines)), dict(map(_read, list(heads(until, tables))[1:]))
    for key in sorted({*then, *now}):
        was, is_now = then.get(key, ("no", "")), now.get(key, ("no", ""))
        if was != is_now:
            yield f"{key}: is not what it was: it had {was[0]} rows, and has {is_now[0]}"


def _begun(line: str) -> tuple[datetime, Collection[str]]:
    """The moment and the tables that the first line says."""
    word, moment, *tables = [*line.split(), "", ""]
    until = parse_datetime(moment) if word == UNTIL else None
    if until is None:
        raise BadHeads
    return until, [one for one in tables if one] or UNNAMED


def _read(line: str) -> tuple[str, tuple[str, str]]:
    """A line's table and day, and its rows with their digest."""
    try:
        name, day, count, digest = line.split()
    except ValueError as error:
        raise BadHeads from error
    return f"{name} of {day}", (count, digest)
