"""Tells users by email what was done to their account: whoever did it with somebody else's session is noticed."""

from allauth.account.adapter import get_adapter

from accounts.models import User


def tell(user: User, what: str, **facts: object) -> None:
    """Owe the user an email, in the caller's transaction; its words are in templates/account/email/<what>_message.txt.

    It goes by allauth's adapter, as what allauth itself tells of does: this room knows no emails (shop/sign_in/sign_in.py).
    """
    get_adapter().send_notification_mail(f"account/email/{what}", user, facts)


def tell_who_left(user: User) -> None:
    """Owe an email to who is closing the account, in the caller's transaction; `user` is as before it was emptied.

    It is nobody's, as nothing of the person is in the account any more, and goes with the other old ones.
    """
    get_adapter().send_notification_mail("account/email/account_closed", user, {"user": None})
