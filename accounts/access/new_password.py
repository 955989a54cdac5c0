"""What a new password brings about, whichever door it comes by: the other sessions are over."""

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.access.devices import end_sessions
from accounts.access.notices import tell
from accounts.models import User


@receiver([password_changed, password_set, password_reset], dispatch_uid="accounts.access.new_password")
def end_other_sessions(request: HttpRequest, user: User, **_more: Any) -> None:
    """Their hash of the password is wrong already; without their rows nobody has to look for that."""
    end_sessions(user, besides=request.session.session_key)


def tell_of_new_password(user: User) -> None:
    """In the caller's transaction: staff gave the user another password, or took it away."""
    end_sessions(user)
    tell(user, "password_changed")
