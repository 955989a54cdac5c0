"""allauth's forms of a new password, each with the choice to revoke what works without one."""

from typing import Any

from allauth.account.forms import ChangePasswordForm, ResetPasswordKeyForm, SetPasswordForm
from django import forms
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.access.keys import active, revoke_all


class RevokesKeys(forms.Form):
    """Offers to revoke the user's API keys too, where there are any: they go on working otherwise."""

    # Of the form that it is mixed into.
    user: Any

    revoke_keys = forms.BooleanField(
        required=False,
        label=_("Revoke my API keys too"),
        help_text=_("If somebody else may have used your account: programs that use the keys stop working."),
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.order_fields([name for name in self.fields if name != "revoke_keys"])
        if self.user is None or not active(self.user).exists():
            del self.fields["revoke_keys"]

    @transaction.atomic
    def save(self) -> None:
        super().save()  # type: ignore[misc]  # of the form that it is mixed into
        if self.user and self.cleaned_data.get("revoke_keys"):
            revoke_all(user=self.user)


class ChangePassword(RevokesKeys, ChangePasswordForm):
    """By who knows the old one."""


class SetPassword(RevokesKeys, SetPasswordForm):
    """The first one."""


class ResetPassword(RevokesKeys, ResetPasswordKeyForm):
    """In place of one that was forgotten."""
