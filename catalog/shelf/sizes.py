"""Products on sale that are too heavy or too big for what carries them. It only reads."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import DecimalField, F, Q, QuerySet
from django.db.models.functions import Cast

from catalog.models import Product


@dataclass(frozen=True, order=True)
class Limit:
    """The most that a service carries: grams, and the cubic centimetres that count as one kilogram."""

    up_to_g: int
    volumetric_divisor: int

    def __str__(self) -> str:
        return f"{self.up_to_g}x{self.volumetric_divisor}"

    @property
    def exceeded(self) -> Q:
        """True of a product of which one piece is heavier, by weight or by volume."""
        most_cm3 = self.up_to_g * self.volumetric_divisor
        return Q(weight_g__gt=self.up_to_g) | Q(volume_cm3000__gt=most_cm3)


def limits_from(text: str) -> list[Limit] | None:
    """Limits as `str` writes them, separated by commas; None for any other text."""
    pairs = [part.split("x") for part in text.split(",")]
    if not all(len(pair) == 2 and all(n.isascii() and n.isdecimal() for n in pair) for pair in pairs):
        return None
    return [Limit(int(most), int(divisor)) for most, divisor in pairs]


def on_sale_with_size(products: QuerySet[Product] | None = None) -> QuerySet[Product]:
    """Products on sale that are sent, for `all_exceeded`. Sides are multiplied as numerics, which hold any product."""
    chosen = Product.objects.all() if products is None else products
    numeric = DecimalField(max_digits=40, decimal_places=0)
    sides = [Cast(F(name), numeric) for name in ("length_cm", "width_cm", "height_cm")]
    return chosen.filter(is_active=True, needs_parcel=True).alias(
        volume_cm3000=sides[0] * sides[1] * sides[2] * 1000
    )


def all_exceeded(limits: Iterable[Limit]) -> Q:
    """True of a product beyond every limit; without limits true of every product."""
    found = Q()
    for limit in sorted(limits):
        found &= limit.exceeded
    return found
