"""What a visitor without a sign-in types: an email address, and the code that was sent there."""

from django import forms
from django.utils.translation import gettext_lazy as _


class EmailForm(forms.Form):
    """Where a code is sent to."""

    email = forms.EmailField(
        label=_("Email address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class CodeForm(forms.Form):
    """The code from the email."""

    code = forms.CharField(
        label=_("Code from the email"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


class FindOrderForm(EmailForm):
    """Which order, and where it was placed from."""

    number = forms.IntegerField(
        label=_("Order number"),
        min_value=1,
        max_value=10**15,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    field_order = ("number", "email")
