"""What signing up asks beyond allauth's own form, on the page and over the API."""

from typing import Any

from allauth.account.models import EmailAddress
from django import forms
from django.http import HttpRequest

from accounts.models import User


class SignUp(forms.Form):
    """The base of both forms. An address that somebody only asks for, beside one that they have, is nobody's yet.

    Else whoever has an account could ask for other people's addresses, and none of them could sign up.
    """

    # Of the form that it is the base of.
    account_already_exists: bool

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.account_already_exists:
            self.account_already_exists = is_somebodys(cleaned.get("email", ""))
        return cleaned

    def signup(self, request: HttpRequest, user: User) -> None:
        """Nothing more is asked."""


def is_somebodys(email: str) -> bool:
    """Whether an account was made with the address, or has verified it."""
    verified = EmailAddress.objects.filter(verified=True, email=email.lower())
    return verified.exists() or User.objects.filter(email__iexact=email).exists()
