"""What staff may do to accounts, besides editing customers in the admin's forms."""

from django.utils.translation import gettext_lazy as _

from staff.rights import Rights


class AccountRights(Rights):
    MANAGE_STAFF = "accounts.manage_staff", _("Manage staff accounts")
