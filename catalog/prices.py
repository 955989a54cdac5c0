"""The field of a price: forms show and take as many decimals as the shop's currency has."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.db import models

from catalog.money import decimals, rounded

if TYPE_CHECKING:
    from decimal import Decimal

    Field = models.DecimalField[Decimal | int | str, Decimal]
    Nullable = models.DecimalField[Decimal | int | str | None, Decimal | None]
else:
    Field = models.DecimalField  # which takes no parameters at run time


class PriceInput(forms.DecimalField):
    """An amount in the shop's currency."""

    def prepare_value(self, value: Any) -> Any:
        """What the database keeps with two decimals, as the currency writes it."""
        return rounded(value) if hasattr(value, "quantize") else value


class PriceField(Field):
    """An amount in the shop's currency."""

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(
            **{"form_class": PriceInput, **kwargs, "decimal_places": decimals()},
        )

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        """In the database it is a number with two decimals in every currency."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.DecimalField", args, kwargs


# Of a column that may be null; the same field at run time.
if TYPE_CHECKING:

    class PriceOrNull(Nullable):
        pass

else:
    PriceOrNull = PriceField
