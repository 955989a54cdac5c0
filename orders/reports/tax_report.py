"""For the accountant: what invoices of some days come to by rate of tax, less what credit notes took back.

It is counted from the papers alone, which say what they said when they were issued; credit notes have the other sign. A
paper from before tax was kept by rate has the one rate that it names. Days are those that the papers are dated. It only
reads.
"""

import csv
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from typing import NamedTuple

from catalog.money import decimals
from database.replica import may_be_old, reading
from orders.models import TaxReason
from orders.reports.dates import began

HEADER = ("first", "last", "currency", "country", "rate", "reason", "papers", "net", "tax", "gross")

REPORT = """
WITH papers AS (
    SELECT id, snapshot AS s FROM orders_invoice WHERE issued_at >= %(from)s AND issued_at < %(until)s
), parts AS (
    SELECT id, s, (t->>'rate')::numeric AS rate, (t->>'net')::numeric AS net, (t->>'tax')::numeric AS tax,
        (t->>'gross')::numeric AS gross
    FROM papers CROSS JOIN LATERAL jsonb_array_elements(s->'taxes') AS t WHERE s ? 'taxes'
    UNION ALL
    SELECT id, s, coalesce((s->>'tax_rate')::numeric, 0), coalesce((s->>'net')::numeric, (s->>'total')::numeric
        - coalesce((s->>'tax')::numeric, 0)), coalesce((s->>'tax')::numeric, 0), (s->>'total')::numeric
    FROM papers WHERE NOT s ? 'taxes'
)
SELECT s->>'currency', coalesce(s->'customer'->>'delivered_to', s->'customer'->>'country', ''), trim_scale(rate),
    coalesce(s->>'tax_reason', ''), count(DISTINCT id), sum(net), sum(tax), sum(gross)
FROM parts GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3 DESC, 4
"""


class Line(NamedTuple):
    """What was billed into a country at one rate; `papers` are the invoices and credit notes that have some of it."""

    currency: str
    country: str
    rate: Decimal
    reason: str
    papers: int
    net: Decimal
    tax: Decimal
    gross: Decimal

    @property
    def why(self) -> str:
        """The reason in the reader's language."""
        return str(TaxReason(self.reason).label) if self.reason else ""


@may_be_old
def lines(*, first: date, last: date) -> list[Line]:
    """By currency, country and rate, in one statement."""
    within = {"from": began(first), "until": began(last + timedelta(days=1))}
    with reading().cursor() as cursor:
        cursor.execute(REPORT, within)
        return [Line(*row) for row in cursor.fetchall()]


def as_csv(found: Iterable[Line], *, first: date, last: date) -> Iterator[str]:
    """The lines as CSV, the header first; amounts have the currency's own decimals."""
    yield _row(HEADER)
    for line in found:
        places = decimals(line.currency)
        amounts = (f"{amount:.{places}f}" for amount in (line.net, line.tax, line.gross))
        yield _row(
            (
                str(first),
                str(last),
                line.currency,
                line.country,
                f"{line.rate:f}",
                line.reason,
                line.papers,
                *amounts,
            )
        )


def _row(cells: Iterable[object]) -> str:
    csv.writer(row := StringIO()).writerow(cells)
    return row.getvalue()
