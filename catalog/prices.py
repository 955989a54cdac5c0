"""The field of a price: forms show and take as many decimals as the shop's currency has."""

from django import forms
from django.db import models

from catalog.money import decimals, rounded


class PriceInput(forms.DecimalField):
    """An amount in the shop's currency."""

    def prepare_value(self, value):
        """What the database keeps with two decimals, as the currency writes it."""
        return rounded(value) if hasattr(value, "quantize") else value


class PriceField(models.DecimalField):
    """An amount in the shop's currency."""

    def formfield(self, **kwargs):
        return super().formfield(
            **{"form_class": PriceInput, **kwargs, "decimal_places": decimals()},
        )

    def deconstruct(self):
        """The database knows it as a number with two decimals, whatever the currency."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.DecimalField", args, kwargs
