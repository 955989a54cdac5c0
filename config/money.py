"""The money settings, checked when the shop starts: an invoice is too late to find out."""

import re
from decimal import Decimal

from babel.numbers import get_currency_precision, list_currencies
from django.core.exceptions import ImproperlyConfigured

# What orders/models/fields.py keeps of an amount: money is never rounded.
MAX_DECIMALS = 2


def currency(code: str) -> str:
    """The code, if there is such a currency. Raises ImproperlyConfigured."""
    if code not in list_currencies():
        raise ImproperlyConfigured(
            f"CURRENCY must be the three capital letters of a currency, such as USD or VND, not {code!r}."
        )
    if get_currency_precision(code) > MAX_DECIMALS:
        raise ImproperlyConfigured(
            f"CURRENCY must be one with two decimals at most, since amounts have no more; {code!r} has three."
        )
    return code


def country(code: str) -> str:
    """Two letters, or none. Raises ImproperlyConfigured."""
    if code and not re.fullmatch("[A-Z]{2}", code):
        raise ImproperlyConfigured(
            f"SHOP_COUNTRY must be the two capital letters of a country, not {code!r}."
        )
    return code


def vat_check(name: str) -> str:
    """The service that is asked about VAT ids, or none. Raises ImproperlyConfigured."""
    if name not in ("", "vies"):
        raise ImproperlyConfigured(f"VAT_CHECK must be vies or empty, not {name!r}.")
    return name


def tax_rate(percent: str) -> Decimal:
    """Percent as a number; prices include the tax. Raises ImproperlyConfigured."""
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,4})?", percent) or Decimal(percent) > 100:
        raise ImproperlyConfigured(
            f"TAX_RATE must be percent from 0 to 100, such as 10 or 8.25, not {percent!r}."
        )
    return Decimal(percent)
