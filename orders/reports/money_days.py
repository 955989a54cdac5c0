"""The daily statement: for each provider and currency what it held, what moved, and what it held then.

Beside a provider's own account (as the latest comparison found it) stand the books: what the shop holds of its customers'
money there, by the ledger. Days are the shop's (TIME_ZONE). It only reads.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import NamedTuple

from django.utils import timezone

from catalog.money import decimals
from database.replica import may_be_old, reading
from orders.models import ProviderStatement
from orders.reports.dates import began

NOTHING = Decimal(0)
COLUMNS = ProviderStatement.COLUMNS
PROVIDER, BOOKS = "provider", "books"
HEADER = ("day", "provider", "currency", "source", *COLUMNS, "unexplained")

# One statement, so that what is held and what moved are of one moment. What staff settled in another way moved no money at
# the provider, and still left the books.
MOVED = """
WITH held AS (
    SELECT variant, currency, sum(captured_amount) AS held FROM orders_payment GROUP BY variant, currency
), moved AS (
    SELECT p.variant, p.currency, (e.at AT TIME ZONE %(zone)s)::date AS day,
        coalesce(sum(e.amount) FILTER (WHERE e.kind = 'captured'), 0) AS captured,
        coalesce(sum(CASE e.kind WHEN 'refunded' THEN -e.amount ELSE e.amount END)
            FILTER (WHERE e.kind IN ('refunded', 'refund_failed')), 0) AS refunded
    FROM orders_ledgerentry e JOIN orders_payment p ON p.id = e.payment_id
    WHERE e.at >= %(since)s AND e.kind IN ('captured', 'refunded', 'refund_failed')
    GROUP BY 1, 2, 3
)
SELECT variant, currency, h.held, m.day, coalesce(m.captured, 0), coalesce(m.refunded, 0)
FROM held h JOIN moved m USING (variant, currency) ORDER BY variant, currency, day
"""


@dataclass(frozen=True)
class Line:
    """A day of one account; `unexplained` is what its opening balance lacks of the closing one before."""

    day: date
    variant: str
    currency: str
    source: str
    amounts: Mapping[str, Decimal]
    unexplained: Decimal = NOTHING

    def cells(self) -> list[str]:
        """As plain numbers, with the currency's own decimals."""
        amounts = [*(self.amounts[column] for column in COLUMNS), self.unexplained]
        places = decimals(self.currency)
        return [
            str(self.day),
            self.variant,
            self.currency,
            self.source,
            *(f"{one:.{places}f}" for one in amounts),
        ]


class Moved(NamedTuple):
    """What the ledger has of one day of one provider and currency; `held` is what it has by now."""

    variant: str
    currency: str
    held: Decimal
    day: date
    captured: Decimal
    refunded: Decimal


@may_be_old
def days(*, first: date, last: date) -> list[Line]:
    """The lines of the days in which something moved, in three statements, however many they are."""
    lines = [*books(_moved(first), last), *_accounts(first, last)]
    return sorted(lines, key=lambda line: (line.variant, line.currency, line.day, line.source))


def _moved(first: date) -> list[Moved]:
    with reading().cursor() as cursor:
        cursor.execute(MOVED, {"zone": timezone.get_current_timezone_name(), "since": began(first)})
        return [Moved(*row) for row in cursor.fetchall()]


def books(moved: Iterable[Moved], last: date) -> list[Line]:
    """Counted back from what is held now; `moved` is all that moved from the first day until now."""
    opening: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    moved = sorted(moved, key=lambda one: one.day)
    for one in moved:
        opening[one[:2]] -= one.captured + one.refunded
    for held in {one[:3] for one in moved}:
        opening[held[:2]] += held[2]
    lines = []
    for one in moved:
        before = opening[one[:2]]
        opening[one[:2]] = after = before + one.captured + one.refunded
        amounts = dict.fromkeys(COLUMNS, NOTHING) | {"opening": before, "closing": after}
        amounts |= {"captured": one.captured, "refunded": one.refunded}
        if one.day <= last:
            lines.append(Line(one.day, one.variant, one.currency, BOOKS, amounts))
    return lines


def _accounts(first: date, last: date) -> list[Line]:
    """What the latest comparison found of each day, and whether it begins where the day before ended."""
    rows = ProviderStatement.objects.order_by("variant", "currency", "-day", "-reconciliation_id")
    before = rows.filter(day__lt=first).distinct("variant", "currency")
    closing = {(row.variant, row.currency): row.closing for row in before}
    lines = []
    within = ProviderStatement.objects.filter(day__range=(first, last))
    for row in within.order_by("variant", "currency", "day", "-reconciliation_id").distinct(
        "variant", "currency", "day"
    ):
        amounts = {column: getattr(row, column) for column in COLUMNS}
        gap = row.opening - closing.get((row.variant, row.currency), row.opening)
        closing[row.variant, row.currency] = row.closing
        lines.append(Line(row.day, row.variant, row.currency, PROVIDER, amounts, gap))
    return lines


def as_csv(lines: Iterable[Line]) -> Iterator[str]:
    """The lines as CSV, the header first."""
    for cells in (HEADER, *(line.cells() for line in lines)):
        csv.writer(row := StringIO()).writerow(cells)
        yield row.getvalue()
