"""Django's registration of the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Customers and staff")

    def ready(self) -> None:
        from accounts.access import new_password, sealed  # noqa: F401 their receivers

        self.let_protected_users_change_their_address()
        self.let_guests_alone_confirm_by_code()

    def let_guests_alone_confirm_by_code(self) -> None:
        """Before what hands an account over, only who has no password gives a code by email.

        allauth takes such a code for everybody or for nobody. All its doors ask this function where one may be sent.
        """
        from allauth.account.internal.flows import reauthentication

        from accounts.codes import by_code

        reauthentication.get_reauthentication_code_recipients = by_code.recipients  # type: ignore[assignment]  # as said

    def let_protected_users_change_their_address(self) -> None:
        """Let users with two-factor authentication change their email address.

        allauth refuses to *add* an unverified one to their account. Here an address only ever replaces the old one, once
        it is verified, so a user never owns an address that is not theirs.
        """
        from allauth.account.signals import _add_email
        from allauth.mfa.signals import on_add_email

        _add_email.disconnect(on_add_email)
