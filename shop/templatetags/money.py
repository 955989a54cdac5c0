"""Amounts in templates, those of the staff desk and of emails too: `{{ order.total_amount|money:order.currency }}`."""

from decimal import Decimal

from django import template

from catalog.money import written

register = template.Library()


@register.filter
def money(amount: Decimal, currency: str = "") -> str:
    """An amount with its currency, the shop's own unless another is named."""
    return written(amount, currency)
