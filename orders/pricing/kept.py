"""The tax that an order keeps, by rate, and how rates are said."""

from collections.abc import Iterable
from decimal import Decimal

from babel.numbers import format_decimal
from django.conf import settings
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _

from orders.models import Order, OrderLine
from orders.pricing.breakdown import Taxed, by_rate


def kept_taxes(order: Order, lines: Iterable[OrderLine]) -> tuple[Taxed, ...]:
    """What its amounts come to at each rate, the highest first; nothing of an order from before tax was kept."""
    charges = [(line.line_total, line.tax_rate, line.tax_amount) for line in lines]
    charges.append((order.shipping_fee, order.shipping_tax_rate, order.shipping_tax))
    return by_rate(
        Taxed(gross, rate, tax) for gross, rate, tax in charges if rate is not None and tax is not None
    )


def plain(rate: Decimal) -> str:
    """Percent without zeros at its end, for programs: 20, 8.25."""
    return f"{rate.normalize():f}"


def said(rate: Decimal) -> str:
    """Percent as the reader's language writes it: 8.25, 8,25."""
    return str(format_decimal(rate.normalize(), locale=to_locale(get_language() or "en")))


def tax_name() -> str:
    """What the tax is called: as the shop says, or in the reader's language."""
    return settings.TAX_NAME or _("VAT")


def on_top(rate: Decimal) -> str:
    """That this tax is added to an amount."""
    return _("plus %(rate)s%% %(tax)s") % {"rate": said(rate), "tax": tax_name()}


def included(rate: Decimal) -> str:
    """That an amount has this tax in it."""
    return _("incl. %(rate)s%% %(tax)s") % {"rate": said(rate), "tax": tax_name()}
