"""Which rate of tax counts: of each class, at a place, on a day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone

from accounts.contact.places import same_region
from database import fetch

# The one that began last comes last.
RATES = """
SELECT c.id, c.is_standard, c.for_shipping, r.country, r.region, r.percent
FROM catalog_taxclass c
LEFT JOIN orders_taxrate r ON r.tax_class_id = c.id AND r.country IN ('', %(country)s::text)
    AND r.starts <= %(day)s AND (r.ends IS NULL OR r.ends >= %(day)s)
ORDER BY r.starts, r.id
"""


@dataclass(frozen=True)
class TaxRates:
    """Percent at one place: of the classes that have a rate there, of the standard one, and of shipping."""

    of_classes: Mapping[int, Decimal]
    standard: Decimal
    shipping: Decimal

    def of(self, tax_class_id: int | None) -> Decimal:
        """A class' rate: the standard one's where it has none, or there is no class."""
        return self.standard if tax_class_id is None else self.of_classes.get(tax_class_id, self.standard)


class Rate(NamedTuple):
    tax_class: int
    is_standard: bool
    for_shipping: bool
    country: str | None
    region: str
    percent: Decimal


def rates_at(*, country: str, region: str, day: date | None = None) -> TaxRates:
    """The rates at a place, today unless another day is given; the place may be blank. Read in one statement.

    A region's rate wins over its country's, and that over the one of everywhere else. A class without any has the standard
    one's, and the standard one without any is taxed as the setting TAX_RATE says.
    """
    rows = [Rate(*row) for row in fetch(RATES, {"country": country, "day": day or timezone.localdate()})]
    found = _by_class(rows, country, same_region(country, region))
    of_standard = (found[row.tax_class] for row in rows if row.is_standard and row.tax_class in found)
    of_shipping = (found[row.tax_class] for row in rows if row.for_shipping and row.tax_class in found)
    standard = next(of_standard, settings.TAX_RATE)
    return TaxRates(found, standard, next(of_shipping, standard))


def _by_class(rows: list[Rate], country: str, region: str) -> dict[int, Decimal]:
    """The closest place's rate of each class that has one; of one place, the last in the list."""
    found: dict[int, dict[tuple[str, str], Decimal]] = {}
    for row in rows:
        if row.country is not None:
            place = (row.country, same_region(row.country, row.region))
            found.setdefault(row.tax_class, {})[place] = row.percent
    closest = [(country, region), (country, ""), ("", "")]
    rates = {
        pk: next((by_place[p] for p in closest if p in by_place), None) for pk, by_place in found.items()
    }
    return {pk: percent for pk, percent in rates.items() if percent is not None}
