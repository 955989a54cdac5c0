"""Weights as people write them."""

from decimal import Decimal

from django.utils.formats import number_format

KILOGRAM = 1000


def weight(grams: int) -> str:
    """Grams, from a kilogram on in kilograms, as the reader's language writes numbers."""
    if grams < KILOGRAM:
        return f"{grams} g"
    return f"{number_format((Decimal(grams) / KILOGRAM).normalize() + 0)} kg"
