"""The tax in amounts, on pages, in emails and at the desk."""

from decimal import Decimal

from django import template

from orders.models import Order
from orders.pricing.breakdown import Taxed
from orders.pricing.kept import included, kept_taxes

register = template.Library()


@register.filter
def taxes_of(order: Order) -> tuple[Taxed, ...]:
    """By rate; its lines had better be loaded with it."""
    return kept_taxes(order, order.lines.all())


@register.filter
def tax_included(rate: Decimal) -> str:
    """That this tax is in an amount: incl. 10% VAT."""
    return included(rate)
