"""An authenticator app, as far as tests need one."""

import time

from allauth.mfa.totp.internal import auth

from accounts.models import User


def set_up(user: User) -> str:
    """Switch two-factor authentication on for a user; the key that the app keeps."""
    secret = auth.generate_totp_secret()
    auth.TOTP.activate(user, secret)
    return secret


def code_of(secret: str, *, ahead: int = 0) -> str:
    """What the app shows now, or so many half minutes later: a code is taken once."""
    return auth.format_hotp_value(auth.hotp_value(secret, int(time.time()) // 30 + ahead))
