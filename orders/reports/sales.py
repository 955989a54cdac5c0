"""What was sold: by product, variant, category, rate of tax, or day, week and month, between two days.

It is counted from the papers alone, as the accountant's table is (tax_report.py): invoices, less credit notes, plus those
that were reversed. So the sums of each of these tables are that one's. What a paper charges beside its lines is the
shipping, which stands by itself where products do. Days are those that the papers are dated, in the
shop's time zone. It only reads.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from io import StringIO
from typing import NamedTuple

from django.utils import timezone

from bulk.tables import guarded
from catalog.languages import column, readers_language
from catalog.money import decimals
from database.replica import may_be_old, reading
from orders.reports import money_days
from orders.reports.dates import began

HEADER = (
    "first", "last", "by", "key", "name", "currency", "sold", "returned", "discount", "net", "tax", "gross",
    "gross_returned",
)  # fmt: skip
PROVIDERS = ("first", "last", "provider", "currency", "captured", "refunded", "fees")
NOTHING = Decimal(0)


class By(StrEnum):
    """What the rows of a table are."""

    PRODUCT = "product"
    VARIANT = "variant"
    CATEGORY = "category"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    RATE = "rate"


PERIODS = (By.DAY, By.WEEK, By.MONTH)
# A row's key and its name; what is in no line has neither product nor name.
_PERIOD = "date_trunc('{by}', s.issued_at AT TIME ZONE %(zone)s)::date::text"
KEYS = {
    By.PRODUCT: (
        "coalesce(g.slug, p.sku, s.sku)",
        "max(coalesce(nullif(g.{name}, ''), g.name, nullif(p.{name}, ''), p.name, s.name))",
    ),
    By.VARIANT: ("coalesce(p.sku, s.sku)", "max(coalesce(nullif(p.{name}, ''), p.name, s.name))"),
    By.CATEGORY: ("coalesce(c.id::text, '')", "coalesce(max(coalesce(nullif(c.{name}, ''), c.name)), '')"),
    By.RATE: ("trim_scale(s.rate)::text", "''"),
    **{by: (_PERIOD.format(by=by), "''") for by in PERIODS},
}
OF_PRODUCTS = (By.PRODUCT, By.VARIANT, By.CATEGORY)
JOINS = """
LEFT JOIN orders_orderline l ON s.sku <> '' AND l.order_id = s.order_id AND l.sku = s.sku
LEFT JOIN catalog_product p ON p.id = l.product_id
LEFT JOIN catalog_productgroup g ON g.id = p.group_id
LEFT JOIN catalog_category c ON c.id = p.category_id
"""

# The lines of a paper, and what it charges at each rate less its lines: that is the shipping. Papers from before tax was
# kept by line have the rate that they name.
SALES = """
WITH papers AS (
    SELECT id, order_id, issued_at, snapshot AS s, kind = 'credit_note' AS is_back, kind = 'invoice' AS is_sold,
        coalesce((snapshot->>'tax_rate')::numeric, 0) AS only_rate
    FROM orders_invoice WHERE issued_at >= %(from)s AND issued_at < %(until)s
), lines AS (
    SELECT p.id, p.order_id, p.issued_at, p.s->>'currency' AS currency, l->>'sku' AS sku, l->>'name' AS name, p.is_back,
        p.is_sold, coalesce((l->>'quantity')::bigint, 0) AS pieces, coalesce((l->>'discount')::numeric, 0) AS discount,
        coalesce((l->>'tax_rate')::numeric, p.only_rate) AS rate, (l->>'total')::numeric AS gross,
        coalesce((l->>'tax')::numeric, round((l->>'total')::numeric * p.only_rate / (100 + p.only_rate), 2)) AS tax
    FROM papers p CROSS JOIN LATERAL jsonb_array_elements(p.s->'lines') AS l
), charged AS (
    SELECT p.*, (t->>'rate')::numeric AS rate, (t->>'gross')::numeric AS gross, (t->>'tax')::numeric AS tax
    FROM papers p CROSS JOIN LATERAL jsonb_array_elements(p.s->'taxes') AS t WHERE p.s ? 'taxes'
    UNION ALL
    SELECT p.*, p.only_rate, (p.s->>'total')::numeric, coalesce((p.s->>'tax')::numeric, 0)
    FROM papers p WHERE NOT p.s ? 'taxes'
), said AS (
    SELECT order_id, issued_at, currency, sku, name, is_back, is_sold, pieces, discount, rate, gross, tax FROM lines
    UNION ALL
    SELECT order_id, issued_at, s->>'currency', '', '', is_back, is_sold, 0, 0, rate, gross, tax FROM charged
    UNION ALL
    SELECT order_id, issued_at, currency, '', '', is_back, is_sold, 0, 0, rate, -gross, -tax FROM lines
)
SELECT {key}, {name}, s.currency,
    coalesce(sum(s.pieces) FILTER (WHERE s.is_sold), 0),
    coalesce(sum(CASE WHEN s.is_back THEN s.pieces ELSE -s.pieces END) FILTER (WHERE NOT s.is_sold), 0),
    sum(s.discount), sum(s.gross - s.tax), sum(s.tax), sum(s.gross),
    coalesce(-sum(s.gross) FILTER (WHERE NOT s.is_sold), 0)
FROM said s {joins}
GROUP BY 1, s.currency
HAVING bool_or(s.pieces <> 0) OR sum(s.gross) <> 0 OR sum(s.tax) <> 0 OR bool_or(s.gross <> 0 AND s.sku <> '')
ORDER BY s.currency, {order}
"""


class Row(NamedTuple):
    """What was sold of one thing, in one period, or at one rate, in one currency.

    `sold` are pieces of invoices and `returned` pieces of credit notes. Net, tax and gross are what is left; of that
    `gross_returned` has been taken off already.
    """

    key: str
    name: str
    currency: str
    sold: int
    returned: int
    discount: Decimal
    net: Decimal
    tax: Decimal
    gross: Decimal
    gross_returned: Decimal


class Provider(NamedTuple):
    """What moved at a provider, by the ledger; the fees are the provider's own word, of the days that were compared."""

    variant: str
    currency: str
    captured: Decimal
    refunded: Decimal
    fees: Decimal


@may_be_old
def sales(*, by: By, first: date, last: date) -> list[Row]:
    """The rows, in one statement: periods in their order, all else with the most first."""
    within = {"from": began(first), "until": began(last + timedelta(days=1))}
    with reading().cursor() as cursor:
        cursor.execute(_statement(by), within | {"zone": timezone.get_current_timezone_name()})
        return [Row(*row) for row in cursor.fetchall()]


def _statement(by: By) -> str:
    key, name = KEYS[by]
    return SALES.format(
        key=key,
        name=name.format(name=column("name", readers_language())),
        joins=JOINS if by in OF_PRODUCTS else "",
        order="1" if by in PERIODS else "sum(s.gross) DESC, 1",
    )


@may_be_old
def by_provider(*, first: date, last: date) -> list[Provider]:
    """The daily statement's days, added up."""
    sums: defaultdict[tuple[str, str], dict[str, Decimal]] = defaultdict(
        lambda: dict.fromkeys(("captured", "refunded", "fees"), NOTHING)
    )
    for line in money_days.days(first=first, last=last):
        counted = ("captured", "refunded") if line.source == money_days.BOOKS else ("fees",)
        for name in counted:
            sums[line.variant, line.currency][name] += line.amounts[name]
    return [Provider(*which, *amounts.values()) for which, amounts in sorted(sums.items())]


def totals(rows: Iterable[Row]) -> list[Row]:
    """The sums of each currency."""
    sums: dict[str, list[Decimal]] = {}
    for row in rows:
        so_far = sums.get(row.currency, [NOTHING] * 7)
        more = (Decimal(row.sold), Decimal(row.returned), row.discount, row.net, row.tax, row.gross)
        sums[row.currency] = [a + b for a, b in zip(so_far, (*more, row.gross_returned), strict=True)]
    return [
        Row("", "", currency, int(some[0]), int(some[1]), *some[2:])
        for currency, some in sorted(sums.items())
    ]


def as_csv(rows: Iterable[Row], *, by: By, first: date, last: date) -> Iterator[str]:
    """The rows as CSV, the header first; amounts have the currency's own decimals."""
    yield _line(HEADER)
    for row in rows:
        places = decimals(row.currency)
        amounts = (f"{amount:.{places}f}" for amount in row[5:])
        yield _line(
            (
                first,
                last,
                by,
                guarded(row.key),
                guarded(row.name),
                row.currency,
                row.sold,
                row.returned,
                *amounts,
            )
        )


def providers_csv(rows: Iterable[Provider], *, first: date, last: date) -> Iterator[str]:
    """The same of providers."""
    yield _line(PROVIDERS)
    for row in rows:
        places = decimals(row.currency)
        yield _line((first, last, row.variant, row.currency, *(f"{amount:.{places}f}" for amount in row[2:])))


def _line(cells: Iterable[object]) -> str:
    csv.writer(row := StringIO()).writerow(cells)
    return row.getvalue()
