"""What needs a mailbox that is shown to be one's own."""

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from refusals import Refusal


class EmailNotVerified(Refusal):
    """What outlives the sign-in (a key, a webhook) is for those who have shown that the mailbox is theirs."""

    code = "email_not_verified"
    status = 403
    title = _("Email not verified")
    message = _("Please confirm your email address first.")
    advice = _("Open the link in the email that the shop has sent; the account page sends it again.")


def require_verified(user: User) -> None:
    """Raise EmailNotVerified unless the user's email address is verified."""
    if not user.is_verified:
        raise EmailNotVerified
