"""What the product list is filtered by, and its order."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core import validators
from django.utils.translation import gettext_lazy as _

from catalog.models import Category
from catalog.money import decimals
from catalog.search.search import typed

# How many values of options a list is filtered by at most.
MAX_OPTION_VALUES = 30
# What the domain can order a list by (catalog/shelf/shelf.py), in the words of the page.
SORTS = {
    "relevance": _("Best match"),
    "name": _("Name"),
    "new": _("Newest"),
    "price": _("Price: low to high"),
    "-price": _("Price: high to low"),
}


class Amount(forms.DecimalField):
    """An amount in the shop's currency; it says in one sentence what is wrong with it."""

    wrong = _("“%(value)s” is not an amount. Type a number, such as 20.")

    def __init__(self, **kwargs: Any):
        super().__init__(min_value=0, max_digits=12, required=False, **kwargs)

    def clean(self, value: Any) -> Decimal | None:
        try:
            amount: Decimal | None = super().clean(value)
            if amount is not None:
                # 450.000 is 450 in one half of the world and 450,000 in the other.
                validators.DecimalValidator(None, decimals())(amount)
        except forms.ValidationError:
            raise forms.ValidationError(self.wrong, params={"value": str(value)[:20]}) from None
        return amount


class OptionsField(forms.Field):
    """Values of options, each as `Size:M`; what is not written so counts as not chosen."""

    widget = forms.SelectMultiple

    def to_python(self, value: list[str] | None) -> list[tuple[str, str]]:
        pairs = [one.replace("\0", "").partition(":") for one in (value or [])[:MAX_OPTION_VALUES]]
        return list(dict.fromkeys((option, value) for option, _sign, value in pairs if option and value))


class ProductFilter(forms.Form):
    """What to list, and in which order. What isn't valid counts as not chosen, and the rest is kept."""

    q = forms.CharField(required=False, label=_("Search"))
    category = forms.ModelChoiceField(
        Category.objects.all(),
        required=False,
        to_field_name="slug",
        label=_("Category"),
        error_messages={"invalid_choice": _("There is no such category.")},
    )
    min_price = Amount(label=_("Price from"))
    max_price = Amount(label=_("Price to"))
    in_stock = forms.BooleanField(required=False, label=_("In stock only"))
    option = OptionsField(required=False)
    sort = forms.ChoiceField(required=False, choices=SORTS.items(), label=_("Sort by"))

    def clean(self) -> dict[str, Any]:
        low, high = (self.cleaned_data.get(name) for name in ("min_price", "max_price"))
        if low is not None and high is not None and low > high:
            self.add_error("max_price", _("The highest price is below the lowest."))
        return self.cleaned_data

    def chosen(self) -> dict[str, Any]:
        """What is asked for, as catalog.shelf.shelf.find takes it."""
        self.is_valid()
        asked = self.cleaned_data
        return {
            "text": typed(asked.get("q", "")),
            "category": asked.get("category"),
            "min_price": asked.get("min_price"),
            "max_price": asked.get("max_price"),
            "in_stock": asked.get("in_stock", False),
            "options": asked.get("option", []),
            "ordering": asked.get("sort", ""),
        }
