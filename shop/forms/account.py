"""What a customer types about the account: addresses, profile, API keys."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.access.keys import NewKey, TooManyKeys, make_key
from accounts.access.verification import EmailNotVerified
from accounts.addresses import save_address
from accounts.contact import phones
from accounts.contact.places import region_key, rules_of
from accounts.models import Address, User
from rest.scopes import Scope
from shop.forms.countries import CountrySelect, by_label, countries
from staff.careful import CarefulForm

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


class AddressForm(CarefulForm):
    """An address of one's own."""

    class Meta:
        model = Address
        fields = Address.FIELDS

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["country"] = forms.ChoiceField(
            label=_("Country"), choices=countries, widget=CountrySelect
        )
        self.fields["phone"].widget.input_type = "tel"
        self._offer_regions()
        about = {"data-country": reverse("address-region"), "data-prefix": self.prefix or ""}
        self.fields["country"].widget.attrs.update(about)
        for name, value in AUTOCOMPLETE.items():
            self.fields[name].widget.attrs["autocomplete"] = value

    def _offer_regions(self) -> None:
        """A list of the regions, where the country is known and has some; a script asks again for another country."""
        country, given = self._given("country"), self._given("region")
        regions = rules_of(country).regions
        if regions:
            self.fields["region"].widget = forms.Select(choices=[("", ""), *by_label(regions.items())])
            self.initial["region"] = region_key(country=country, region=given) or ""
        for name in ("city", "region", "postal_code") if country else ():
            self.fields[name].required = name in rules_of(country).required

    def _given(self, name: str) -> str:
        """What was typed, or what stands there; a BoundField would remember it before the field is made."""
        typed = self.data.get(self.add_prefix(name)) if self.is_bound else None
        return str(typed or self.get_initial_for_field(self.fields[name], name) or "")

    @property
    def folded(self) -> list[forms.BoundField]:
        """What the country can do without, as long as nothing stands there: it is asked for behind a click."""
        needs_code = not self._given("country") or self.fields["postal_code"].required
        names = ["line2"] if needs_code else ["line2", "postal_code"]
        return [self[name] for name in names if not self._given(name) and not self[name].errors]

    @property
    def asked(self) -> list[forms.BoundField]:
        """The other fields."""
        behind = {field.name for field in self.folded}
        return [field for field in self.visible_fields() if field.name not in behind]

    def save_for(self, user: User) -> Address:
        """Store the address as the user's."""
        self.instance.user = user
        return save_address(self.instance)


class ProfileForm(CarefulForm):
    """The customer's name, phone and language."""

    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    class Meta:
        model = User
        fields = ("full_name", "phone", "language")

    def clean_phone(self) -> str:
        """Without a prefix it is a number of the country in which the customer has an address."""
        typed, home = str(self.cleaned_data["phone"]), self.instance.addresses.first()
        if not typed or typed == self.instance.phone:
            return typed
        number = phones.stored(typed=typed, country=home.country if home else "")
        if number is None:
            raise forms.ValidationError(phones.WRONG)
        return number

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.initial["language"] = self.instance.language or get_language()
        self.fields["full_name"].widget.attrs["autocomplete"] = "name"
        self.fields["phone"].widget.input_type = "tel"
        self.fields["phone"].widget.attrs["autocomplete"] = "tel"


class CloseForm(forms.Form):
    """A tick that confirms the closing of the account: a stray click is not enough."""

    sure = forms.BooleanField(
        label=_("Yes, close my account for good"),
        error_messages={"required": _("Tick the box if you want your account closed.")},
    )


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

    def __init__(self, *args: Any, user: "User", **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.user = user
        offered = [scope for scope in Scope if scope != Scope.MANAGE or user.is_staff]
        field = self.fields["scope"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(scope.value, scope.label) for scope in offered]
        field.help_text = format_html_join(mark_safe("<br>"), "{}", ((SCOPES[scope],) for scope in offered))

    def make(self) -> NewKey | None:
        """The new key, or None when the form is wrong; the form then says why."""
        if not self.is_valid():
            return None
        name, scope, days = (self.cleaned_data[field] for field in ("name", "scope", "days"))
        until = timezone.now() + timedelta(days=days) if days else None
        try:
            return make_key(user=self.user, name=name, scope=Scope(scope), expires_at=until)
        except (TooManyKeys, EmailNotVerified) as error:
            self.add_error(None, error.message)
            return None
