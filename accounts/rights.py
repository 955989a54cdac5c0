"""What staff may do to accounts, besides editing customers in the admin's forms."""

from django.utils.translation import gettext_lazy as _

from staff.rights import Rights

# The group with every right. It can't be deleted, and somebody is always in it (accounts/owners.py).
OWNER = "Owner"


class AccountRights(Rights):
    MANAGE_STAFF = "accounts.manage_staff", _("Manage staff accounts")
    RESET_SECOND_FACTOR = "accounts.reset_second_factor", _("Reset a lost second factor")
