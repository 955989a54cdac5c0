"""The demo's tax: at home a tenth, on what one drinks a twentieth; what goes abroad has none."""

from datetime import date
from decimal import Decimal

from django.db import transaction

from catalog.models import TaxClass
from orders.models import TaxRate

HOME = "VN"
SINCE = date(2020, 1, 1)
STANDARD, REDUCED = Decimal(10), Decimal(5)
# The shelf that is taxed less.
REDUCED_SHELF = "coffee-tea"


@transaction.atomic
def set_rates() -> bool:
    """Make a reduced class beside the standard one, and rates of both; nothing in a shop that has any rates already."""
    if TaxRate.objects.exists():
        return False
    standard, _made = TaxClass.objects.get_or_create(is_standard=True, defaults={"name": "Standard"})
    reduced, _made = TaxClass.objects.get_or_create(name="Reduced", defaults={"name_vi": "Ưu đãi"})
    rates = [(standard, "", Decimal(0)), (standard, HOME, STANDARD), (reduced, HOME, REDUCED)]
    TaxRate.objects.bulk_create(
        TaxRate(tax_class=tax_class, country=country, percent=percent, starts=SINCE)
        for tax_class, country, percent in rates
    )
    return True


def class_of(shelf: str) -> TaxClass | None:
    """The class of what lies on a shelf; None is the standard one."""
    return TaxClass.objects.filter(name="Reduced").first() if shelf == REDUCED_SHELF else None
