"""Amounts of money: rounded to what the currency has, and written as the reader's language writes them."""

from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import format_currency, get_currency_precision
from django.conf import settings
from django.utils.translation import get_language, to_locale


def decimals(currency: str = "") -> int:
    """How many decimals the currency has (the shop's own unless named)."""
    return get_currency_precision(currency or settings.CURRENCY)


def smallest(currency: str = "") -> Decimal:
    """The smallest amount that can be paid in the currency: 0.01 in US dollars, 1 in Vietnamese đồng."""
    return Decimal(1).scaleb(-decimals(currency))


def rounded(amount: Decimal, currency: str = "") -> Decimal:
    """The amount with as many decimals as the currency has (the shop's own unless named), halves away from zero."""
    return amount.quantize(smallest(currency), rounding=ROUND_HALF_UP)


def written(amount: Decimal, currency: str = "") -> str:
    """The amount with its currency (the shop's own unless named) as the reader's language writes it."""
    currency = currency or settings.CURRENCY
    locale = to_locale(get_language() or "en")
    return format_currency(rounded(amount, currency), currency, locale=locale)
