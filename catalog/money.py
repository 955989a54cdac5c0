"""Amounts of money: rounded to what the currency has, and written as the reader's language writes them."""

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

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
    # Adding nothing turns -0 into 0, which are one key.
    return _written(rounded(amount, currency) + 0, currency, to_locale(get_language() or "en"))


@lru_cache(10_000)
def _written(amount: Decimal, currency: str, locale: str) -> str:
    return format_currency(amount, currency, locale=locale)
