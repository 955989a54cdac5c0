"""What the pages let a customer type."""

from datetime import timedelta
from typing import TYPE_CHECKING

from babel import Locale
from django import forms
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _

from accounts.keys import NewKey, TooManyKeys, make_key
from accounts.models import Address
from catalog.models import Category
from orders.previews import MAX_QUANTITY
from orders.status import Step
from rest.scopes import Scope

if TYPE_CHECKING:
    from accounts.models import User

# Codes that CLDR lists beside the countries of ISO 3166-1.
NOT_COUNTRIES = {
    *("AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO"),
    *("TA", "UN", "XA", "XB", "XK", "ZZ"),
}

AUTOCOMPLETE = {
    "full_name": "name",
    "phone": "tel",
    "line1": "address-line1",
    "line2": "address-line2",
    "city": "address-level2",
    "region": "address-level1",
    "postal_code": "postal-code",
    "country": "country",
}
SCOPES = {
    Scope.READ: _("Read: look at what you can see"),
    Scope.ORDER: _("Order: also order, pay and cancel for you"),
    Scope.MANAGE: _("Manage: also do what your rights as staff allow"),
}
SORTS = {
    "name": (_("Name"), ("name", "id")),
    "new": (_("Newest"), ("-created_at", "-id")),
    "price": (_("Price: low to high"), ("price", "id")),
    "-price": (_("Price: high to low"), ("-price", "id")),
}


def countries() -> list[tuple[str, str]]:
    """Codes and names of all countries, by name in the reader's language."""
    names = Locale.parse(to_locale(get_language() or "en")).territories
    found = [
        (code, name)
        for code, name in names.items()
        if len(code) == 2 and code.isalpha() and code not in NOT_COUNTRIES
    ]
    return [("", ""), *sorted(found, key=lambda pair: pair[1])]


class AddressForm(forms.ModelForm):
    """An address of one's own."""

    class Meta:
        model = Address
        fields = Address.FIELDS

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["country"] = forms.ChoiceField(label=_("Country"), choices=countries)
        self.fields["phone"].widget.input_type = "tel"
        for name, value in AUTOCOMPLETE.items():
            self.fields[name].widget.attrs["autocomplete"] = value

    def save_for(self, user: "User") -> Address:
        """Store the address as the user's."""
        self.instance.user = user
        return self.save()


class KeyForm(forms.Form):
    """A new API key. `manage` is offered to staff alone."""

    name = forms.CharField(
        max_length=100, label=_("Name"), help_text=_("What uses the key, so that you know it again.")
    )
    scope = forms.ChoiceField(label=_("Scope"), initial=Scope.READ)
    days = forms.TypedChoiceField(
        label=_("Valid for"),
        coerce=int,
        initial=90,
        choices=[(30, _("30 days")), (90, _("90 days")), (365, _("a year")), (0, _("until it is revoked"))],
    )

    def __init__(self, *args, user: "User", **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        offered = [scope for scope in Scope if scope != Scope.MANAGE or user.is_staff]
        field = self.fields["scope"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(scope.value, scope.label) for scope in offered]
        field.help_text = format_html_join(mark_safe("<br>"), "{}", ((SCOPES[scope],) for scope in offered))

    def make(self) -> NewKey | None:
        """The new key; None when the form, which then says why, is wrong."""
        if not self.is_valid():
            return None
        name, scope, days = (self.cleaned_data[field] for field in ("name", "scope", "days"))
        until = timezone.now() + timedelta(days=days) if days else None
        try:
            return make_key(user=self.user, name=name, scope=Scope(scope), expires_at=until)
        except TooManyKeys as error:
            self.add_error(None, error.message)
            return None


class ProductFilter(forms.Form):
    """What to list, and in which order. Whatever isn't valid counts as not chosen."""

    q = forms.CharField(required=False, max_length=100, label=_("Search"))
    category = forms.ModelChoiceField(
        Category.objects.all(),
        required=False,
        to_field_name="slug",
        empty_label=_("All categories"),
        label=_("Category"),
    )
    sort = forms.ChoiceField(
        required=False,
        choices=[(value, label) for value, (label, _order) in SORTS.items()],
        label=_("Sort by"),
    )

    def chosen(self) -> tuple[str, Category | None, tuple[str, ...]]:
        """Search text, category, and the columns to sort by."""
        self.is_valid()
        values = self.cleaned_data
        _label, columns = SORTS[values.get("sort") or "name"]
        return values.get("q", ""), values.get("category"), columns


class CartLineForm(forms.Form):
    """A quantity of a product for the cart."""

    sku = forms.CharField(max_length=64)
    quantity = forms.IntegerField(min_value=1, max_value=MAX_QUANTITY)


class PlaceForm(forms.Form):
    """What goes with a preview when it is placed."""

    price_table_id = forms.IntegerField(
        error_messages={"required": _("Choose how the parcel is to be sent.")}
    )
    address = forms.IntegerField(required=False)
    note = forms.CharField(required=False, max_length=1000)


class StepForm(forms.Form):
    """A step with an order."""

    step = forms.ChoiceField(choices=Step)
