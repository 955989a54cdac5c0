"""The fields that more than one model has."""

from typing import TYPE_CHECKING, Any

from django.db import models

from catalog.money import decimals
from catalog.prices import PriceInput

if TYPE_CHECKING:
    from decimal import Decimal

    Field = models.DecimalField[Decimal | int | str, Decimal]
    Nullable = models.DecimalField[Decimal | int | str | None, Decimal | None]
else:
    Field = models.DecimalField  # which takes no parameters at run time


class Money(Field):
    """An amount in the shop's currency. Wide enough for 100 lines of 999 pieces at ten digits each."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 18)
        kwargs.setdefault("decimal_places", 2)
        super().__init__(*args, **kwargs)

    def formfield(self, **kwargs: Any) -> Any:
        """Forms show and take as many decimals as the currency has."""
        return super().formfield(**{"form_class": PriceInput, **kwargs, "decimal_places": decimals()})


class Percent(Field):
    """A rate of tax: percent, as exact as the setting TAX_RATE."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 7)
        kwargs.setdefault("decimal_places", 4)
        super().__init__(*args, **kwargs)


# Of columns that may be null; the same fields at run time.
if TYPE_CHECKING:

    class MoneyOrNull(Nullable):
        pass

    class PercentOrNull(Nullable):
        pass

else:
    MoneyOrNull, PercentOrNull = Money, Percent
