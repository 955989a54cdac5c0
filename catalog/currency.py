"""The currency that the stored prices are meant in. A shop never reads 24.90 EUR as 25 VND because a setting was changed."""

from collections.abc import Sequence

from django.conf import settings
from django.core import checks
from django.db import ProgrammingError, transaction
from django.dispatch import Signal

from catalog.models import PricesIn, Product

# Sent in the transaction of a change: the rooms above take what they keep in the old currency out of use.
currency_changed = Signal()


@checks.register(checks.Tags.database)
def currency_is_that_of_the_prices(
    databases: Sequence[str] | None = None, **_options: object
) -> list[checks.CheckMessage]:
    """Refuse a start with another CURRENCY than the one of the stored prices."""
    noted = _noted() if databases else None
    if noted in (None, settings.CURRENCY):
        return []
    says = f"CURRENCY is {settings.CURRENCY}, and the prices in the database are in {noted}."
    hint = f"Set CURRENCY={noted}. To change it for good: manage.py use_currency, which takes everything off sale."
    return [checks.Error(says, hint=hint, id="catalog.E001")]


def _noted() -> str | None:
    """None before the first start, and before the table is there."""
    try:
        with transaction.atomic():
            return PricesIn.objects.values_list("currency", flat=True).first()
    except ProgrammingError:
        return None


def note_currency() -> None:
    """At the first start: prices are written in CURRENCY from now on."""
    PricesIn.objects.get_or_create(pk=1, defaults={"currency": settings.CURRENCY})


@transaction.atomic
def use_currency() -> int:
    """Mean every price in CURRENCY from now on, with all products off sale until somebody has written their prices anew.

    Their sales are over, and couriers' fees are no longer charged until staff take them into use again. Returns how many
    products went off sale.
    """
    PricesIn.objects.update_or_create(pk=1, defaults={"currency": settings.CURRENCY})
    Product.objects.exclude(sale_price=None).update(sale_price=None, sale_starts=None, sale_ends=None)
    currency_changed.send(sender=PricesIn)
    return Product.objects.filter(is_active=True).update(is_active=False)
