"""Whose account a code from an email opens: an address's own, or a new one that was never given a password.

Who has typed the code has shown that the mailbox is theirs, so the account is verified, and its owner may order at once.
Nothing is made before: who only asks for codes makes no accounts.
"""

from allauth.account.models import EmailAddress
from allauth.mfa.utils import is_mfa_enabled
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.access.devices import end_sessions
from accounts.models import GONE, User
from refusals import Refusal


class NotByCode(Refusal):
    """The account does not open by a code alone. Nobody but its mailbox is told so."""

    message = _("This account does not open by a code.")


def account_of(email: str) -> User | None:
    """The account of an address, if it has one.

    One that somebody only asked for, beside one that they have, is nobody's (shop/forms/sign_up.py).
    """
    email = email.lower()
    verified = EmailAddress.objects.filter(verified=True, email=email).select_related("user").first()
    return verified.user if verified else User.objects.filter(email__iexact=email).first()


def opens_by_code(user: User | None) -> bool:
    """Whether a code may open the account, or make the one that is not there yet.

    Staff sign in by password: a mailbox alone must not lead to everybody's orders. A second factor is asked for after it.
    """
    return user is None or (user.is_active and not user.is_staff and not user.is_superuser)


def is_guest(user: User) -> bool:
    """Whether the user has bought without an account: nothing but codes from emails opens theirs."""
    return user.is_active and not user.is_staff and not user.has_usable_password()


def confirms_by_code(user: User) -> bool:
    """Whether the user gives a code by email again before what hands the account over: who has nothing else to give."""
    return is_guest(user) and not is_mfa_enabled(user)


def recipients(user: User) -> list[dict[str, str]]:
    """Where allauth may send such a code: one's own verified address, or nowhere."""
    return [{"email": user.email}] if confirms_by_code(user) and user.is_verified else []


def open_by_code(email: str) -> User:
    """The verified account of an address whose mailbox was just shown to be the caller's. Raises NotByCode.

    The address was typed by its owner, so a password that was set before it was verified may be a stranger's: it goes.
    Two who do this at one moment get the same account.
    """
    email = email.strip().lower()
    if email.endswith(GONE):
        raise NotByCode
    try:
        return _opened(email)
    except IntegrityError:
        # Somebody was faster with the same address: now it has an account.
        return _opened(email)


@transaction.atomic
def _opened(email: str) -> User:
    found = account_of(email)
    user = _locked(found) if found else User.objects.create_user(email)
    if not opens_by_code(user):
        raise NotByCode
    own = EmailAddress.objects.filter(user=user)
    if own.filter(email=email, verified=True).exists():
        return user
    if own.filter(verified=True).exists():
        # It has another address that is shown to be its owner's.
        raise NotByCode
    if found:
        # Whoever signed in with it before did not have the mailbox.
        user.set_unusable_password()
        user.save(update_fields=["password"])
        end_sessions(user)
    own.exclude(email=email).update(primary=False)
    own.update_or_create(email=email, defaults={"user": user, "verified": True, "primary": True})
    return user


def _locked(user: User) -> User:
    """As it is now: closing the account, or a right that staff give, may have come between."""
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)
