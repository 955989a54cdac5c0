"""Django's registration of the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Customers and staff")

    def ready(self) -> None:
        from accounts import new_password  # noqa: F401 its receivers

        self.let_protected_users_change_their_address()

    def let_protected_users_change_their_address(self) -> None:
        """Let users with two-factor authentication change their email address.

        allauth refuses to *add* an unverified one to their account. Here an address only ever replaces the old one, once
        it is verified, so a user never owns an address that is not theirs.
        """
        from allauth.account.signals import _add_email
        from allauth.mfa.signals import on_add_email

        _add_email.disconnect(on_add_email)
