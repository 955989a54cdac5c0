"""Amounts as the reader's language writes them."""

from decimal import Decimal

from babel.numbers import format_currency
from django import template
from django.conf import settings
from django.utils.translation import get_language, to_locale

register = template.Library()


@register.filter
def money(amount: Decimal, currency: str = "") -> str:
    """An amount with its currency, the shop's own unless another is named."""
    return format_currency(amount, currency or settings.CURRENCY, locale=to_locale(get_language() or "en"))
