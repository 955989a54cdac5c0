"""Whether what the shop writes to a customer comes back: then the page says so, since no email can."""

from django.conf import settings
from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from orders.emails.reports import is_unreachable


def unreachable(user: User | AnonymousUser) -> str:
    """The address from which emails come back for good; empty if none is known to. Without a mail service none is."""
    if not settings.EMAIL_SERVICE or user.is_anonymous:
        return ""
    return user.email if is_unreachable(user.email) else ""
