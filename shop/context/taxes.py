"""What pages say of the tax in prices before there is a preview: at the customer's place, or at the shop's own."""

from collections.abc import Iterable
from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import Address
from catalog.models import Product
from orders.pricing.kept import included, on_top, tax_name
from orders.pricing.prices import prices_at
from orders.pricing.rates import TaxRates


def tax_note(product: Product, address: Address | None) -> str:
    """That there is tax in the product's price, or comes on top, and how much; nothing where there is none.

    The shop may say nothing of it, unless it comes on top.
    """
    if settings.PRICES_INCLUDE_TAX and not settings.SHOW_TAX:
        return ""
    rate = Decimal(0) if product.is_gift_card else _rates(address).of(product.tax_class_id)
    if not rate:
        return ""
    return included(rate) if settings.PRICES_INCLUDE_TAX else on_top(rate)


def cart_tax_note(products: Iterable[Product], address: Address | None) -> str:
    """The same of several products together, whose rates may differ."""
    if settings.PRICES_INCLUDE_TAX and not settings.SHOW_TAX:
        return ""
    rates = _rates(address)
    if not any(rates.of(product.tax_class_id) for product in products if not product.is_gift_card):
        return ""
    words = _("incl. %(tax)s") if settings.PRICES_INCLUDE_TAX else _("plus %(tax)s")
    return words % {"tax": tax_name()}


def _rates(address: Address | None) -> TaxRates:
    """Those that a preview for a person would have there."""
    country, region = settings.SHOP_COUNTRY, settings.SHOP_REGION
    if address is not None:
        country, region = address.country, address.region
    return prices_at(country=country, region=region, is_sent=True).rates
