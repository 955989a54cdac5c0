"""Amounts of money as the API writes them."""

from decimal import Decimal


def money(amount: Decimal) -> str:
    """With two decimals, whatever the currency."""
    return f"{amount:.2f}"
