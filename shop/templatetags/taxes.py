"""The tax in amounts, on pages, in emails and at the desk."""

from decimal import Decimal

from django import template

from orders.billing.checking import VatCheck
from orders.models import Order
from orders.pricing.breakdown import Taxed
from orders.pricing.kept import included, kept_taxes, said

register = template.Library()


@register.filter
def taxes_of(order: Order) -> tuple[Taxed, ...]:
    """By rate; its lines had better be loaded with it."""
    return kept_taxes(order, order.lines.all())


@register.filter
def vat_check_words(state: str) -> str:
    """What is known of a VAT id."""
    return str(VatCheck(state).label)


@register.filter
def percent(rate: Decimal) -> str:
    """A rate as the reader's language writes it, without its sign."""
    return said(rate)


@register.filter
def tax_included(rate: Decimal) -> str:
    """That this tax is in an amount: incl. 10% VAT."""
    return included(rate)
