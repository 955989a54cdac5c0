"""What is sold to consumers in other member states, against the threshold of Article 59c of Directive 2006/112/EC.

Up to 10,000 euros without tax, in this calendar year and in the last, a shop may charge them its own tax; above it the tax
of their place counts from that sale on. It is counted from invoices less credit notes, by the country that the tax hangs on;
papers that have no tax for a reason are none of it, nor are those from before tax was kept. It only reads.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from accounts.contact.countries import EUROPEAN_UNION
from database.replica import may_be_old, reading
from orders.models import Invoice
from orders.reports.dates import began

THRESHOLD = Decimal(10000)
EURO = "EUR"
# The country is written as in the index orders_invoice_country (orders/models/invoice.py), or that is not used.
ABROAD = """
FROM orders_invoice
WHERE coalesce(snapshot #>> '{customer,delivered_to}', snapshot #>> '{customer,country}') = ANY(%s)
    AND issued_at >= %s AND snapshot ? 'taxes' AND NOT snapshot ? 'tax_reason'
"""
NET = "coalesce(sum((snapshot->>'net')::numeric) FILTER (WHERE issued_at {} %s), 0)"
THIS_YEAR, LAST_YEAR = NET.format(">="), NET.format("<")
SOLD = f"SELECT snapshot->>'currency', {THIS_YEAR}, {LAST_YEAR} {ABROAD} GROUP BY 1 ORDER BY 1"
NEWEST_ABOVE = f"""
SELECT max(id) {ABROAD} AND snapshot->>'currency' = %s HAVING greatest({THIS_YEAR}, {LAST_YEAR}) > %s
"""


class Sold(NamedTuple):
    """Net amounts of this calendar year and the last, in one currency."""

    currency: str
    this_year: Decimal
    last_year: Decimal

    @property
    def is_above(self) -> bool:
        """Only euros are held against the threshold; what it is in other currencies each member state says."""
        return self.currency == EURO and max(self.this_year, self.last_year) > THRESHOLD


@may_be_old
def sold() -> list[Sold]:
    """By currency, in one statement; nothing of a shop that is not in the EU, or does not say where it is."""
    if settings.SHOP_COUNTRY not in EUROPEAN_UNION:
        return []
    with reading().cursor() as cursor:
        year, abroad = _asked()
        cursor.execute(SOLD, [year, year, *abroad])
        return [Sold(*row) for row in cursor.fetchall()]


def passed() -> QuerySet[Invoice]:
    """The newest paper, where the shop charges consumers abroad its own tax and is above the threshold; else nothing."""
    if settings.TAX_AT_DESTINATION or settings.SHOP_COUNTRY not in EUROPEAN_UNION:
        return Invoice.objects.filter(pk=0)  # counted together with others: `none()` has no statement
    year, abroad = _asked()
    asked = [*abroad, EURO, year, year, THRESHOLD]
    return Invoice.objects.filter(pk=RawSQL(NEWEST_ABOVE, asked))  # noqa: S611 our own words


def _asked() -> tuple[datetime, list[Any]]:
    """When this year began; the other member states, and when the last year began."""
    this_year = date(timezone.localdate().year, 1, 1)
    last_year = this_year.replace(year=this_year.year - 1)
    return began(this_year), [sorted(EUROPEAN_UNION - {settings.SHOP_COUNTRY}), began(last_year)]
