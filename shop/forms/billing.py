"""Billing details as a customer types them at checkout. What they may be is the orders' rule (orders/billing/given.py)."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Address
from orders.billing.given import FIELDS, MAX_COMPANY, MAX_VAT_ID
from shop.forms.account import AUTOCOMPLETE
from shop.forms.countries import CountrySelect, countries

PREFIX = "bill"
# Names of the fields in the page's form, with the letters that a draft keeps of each.
TYPED = {f"{PREFIX}-{name}": 200 for name in FIELDS}


class BillingForm(forms.Form):
    """All of it is optional: left empty, the order is billed as it is delivered."""

    company = forms.CharField(label=_("company"), max_length=MAX_COMPANY, required=False)
    vat_id = forms.CharField(
        label=_("VAT ID"),
        max_length=MAX_VAT_ID,
        required=False,
        help_text=_("Of a business, such as DE136695976."),
    )

    def __init__(self, typed: Mapping[str, str], errors: Mapping[str, list[str]] | None = None) -> None:
        """With what was typed, and what the rules say of it (`billing.<name>` -> messages)."""
        super().__init__({f"{PREFIX}-{name}": value for name, value in typed.items()}, prefix=PREFIX)
        for name in FIELDS[2:]:
            self.fields[name] = _field(name)
            self.fields[name].widget.attrs["autocomplete"] = f"billing {AUTOCOMPLETE[name]}"
        self.fields["company"].widget.attrs["autocomplete"] = "billing organization"
        self.full_clean()
        for path, messages in (errors or {}).items():
            room, _dot, name = path.partition(".")
            if room == "billing":
                self.add_error(name, messages)


def _field(name: str) -> forms.Field:
    if name == "country":
        return forms.ChoiceField(label=_("Country"), choices=countries, required=False, widget=CountrySelect)
    of_model: Any = Address._meta.get_field(name)
    return forms.CharField(label=of_model.verbose_name, max_length=of_model.max_length, required=False)
