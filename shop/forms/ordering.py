"""What goes into the cart, with a placed preview, and with a step of an order."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.checkout.items import MAX_QUANTITY
from orders.errors import InvalidInput
from orders.status import Step


class CartLineForm(forms.Form):
    """A quantity of a product for the cart."""

    sku = forms.CharField(max_length=64)
    quantity = forms.IntegerField(min_value=1, max_value=MAX_QUANTITY)


class CartChangeForm(CartLineForm):
    """Another quantity of a product in the cart, or one more or less than there are."""

    step = forms.IntegerField(required=False, min_value=-1, max_value=1)


class Note(forms.CharField):
    """Text of several lines. A browser sends two characters for each end of a line and counts one."""

    def to_python(self, value: str | None) -> str:
        return (super().to_python(value) or "").replace("\r\n", "\n")


class PlaceForm(forms.Form):
    """What goes with a preview when it is placed."""

    price_table_id = forms.IntegerField(
        error_messages={"required": _("Choose how the parcel is to be sent.")}
    )
    address = forms.IntegerField(required=False)
    note = Note(required=False, max_length=1000)

    def chosen(self) -> dict[str, Any]:
        """What was chosen, as orders.checkout.placement.placement.place_order takes it. Raises InvalidInput."""
        if not self.is_valid():
            raise InvalidInput({name: [str(one) for one in errors] for name, errors in self.errors.items()})
        table, address, note = (self.cleaned_data[name] for name in ("price_table_id", "address", "note"))
        return {"price_table_id": table, "address_id": address, "note": note}


class StepForm(forms.Form):
    """A step with an order."""

    step = forms.ChoiceField(choices=Step)
    # Why, where a refund is asked for.
    note = forms.CharField(max_length=500, required=False)


class BackInStockForm(forms.Form):
    """Where a stranger wants to be told that a product is back."""

    email = forms.EmailField(
        label=_("Email address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
