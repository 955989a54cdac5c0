"""From the catalog's prices to what is paid at a place.

Prices are entered with the tax in them, or without it (PRICES_INCLUDE_TAX). What one piece costs is worked out and rounded
once, halves away from zero; a line is so many times that. So what a page says of one piece is what each piece costs, and
the sums of invoices are those of their lines.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings

from catalog.money import rounded
from orders.pricing.rates import TaxRates, rates_at
from orders.pricing.which import Applies, Sale, Where, which_tax

NONE = TaxRates({}, Decimal(0), Decimal(0))


@dataclass(frozen=True)
class Prices:
    """`rates` are charged; `inside` are in prices that were entered with tax, and come out where none is charged."""

    rates: TaxRates
    inside: TaxRates
    applies: Applies
    with_tax: bool

    def of(self, price: Decimal, tax_class_id: int | None) -> Decimal:
        """What is paid for one piece, tax included."""
        return self._paid(price, self.rates.of(tax_class_id), self.inside.of(tax_class_id))

    def of_shipping(self, fee: Decimal) -> Decimal:
        return self._paid(fee, self.rates.shipping, self.inside.shipping)

    def reason(self, rates: set[Decimal]) -> str:
        """Why an order at these rates has no tax; empty where it has some, or the law asks for no reason."""
        if self.applies.exempt:
            return self.applies.exempt.value
        return self.applies.if_zero.value if self.applies.if_zero and rates == {Decimal(0)} else ""

    def _paid(self, price: Decimal, rate: Decimal, inside: Decimal) -> Decimal:
        if not self.with_tax:
            return rounded(price * (1 + rate / 100))
        return rounded(price / (1 + inside / 100)) if self.applies.exempt else rounded(price)


def prices_at(*, country: str, region: str, is_sent: bool, vat_country: str = "") -> Prices:
    """What is paid there today, by one statement. `vat_country` is whose VAT id was shown and holds."""
    applies = which_tax(
        Sale(
            shop=settings.SHOP_COUNTRY,
            place=country,
            is_sent=is_sent,
            vat_country=vat_country,
            destination=settings.TAX_AT_DESTINATION,
        )
    )
    if applies.where is Where.SHOP:
        country, region = settings.SHOP_COUNTRY, settings.SHOP_REGION
    found = rates_at(country=country, region=region)
    return Prices(NONE if applies.exempt else found, found, applies, settings.PRICES_INCLUDE_TAX)
