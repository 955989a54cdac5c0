"""What pages say of the tax in prices before there is a preview: at the customer's place, or at the shop's own."""

from collections.abc import Iterable

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import Address
from catalog.models import Product
from orders.pricing.kept import included, tax_name
from orders.pricing.rates import TaxRates, rates_at


def tax_note(product: Product, address: Address | None) -> str:
    """That there is tax in the product's price, and how much; nothing where there is none, or the shop says none."""
    if not settings.SHOW_TAX:
        return ""
    rate = _rates(address).of(product.tax_class_id)
    return included(rate) if rate else ""


def cart_tax_note(products: Iterable[Product], address: Address | None) -> str:
    """The same of several products together, whose rates may differ."""
    if not settings.SHOW_TAX:
        return ""
    rates = _rates(address)
    if not any(rates.of(product.tax_class_id) for product in products):
        return ""
    return _("incl. %(tax)s") % {"tax": tax_name()}


def _rates(address: Address | None) -> TaxRates:
    if address is None:
        return rates_at(country=settings.SHOP_COUNTRY, region=settings.SHOP_REGION)
    return rates_at(country=address.country, region=address.region)
