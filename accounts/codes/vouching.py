"""The account of somebody whom staff know: at the desk, or on the telephone. They vouch for the address.

Nobody has shown that the mailbox is theirs, and nobody has to: the account has no password, so nothing but the mailbox opens
it, by a code or by a link. If the address is mistyped, a stranger gets the emails, as of every address that is mistyped.
"""

from accounts.codes.by_code import account_of, open_by_code
from accounts.models import User


def vouched(*, email: str, full_name: str, language: str) -> tuple[User, bool]:
    """The verified account of an address, and whether it is new. In the caller's transaction. Raises NotByCode.

    An account that was never verified loses its password: a stranger may have set it.
    """
    found = account_of(email)
    if found is not None and found.is_active and found.is_verified:
        return found, False
    user = open_by_code(email)
    if found is not None:
        return user, False
    user.full_name, user.language = full_name, language
    user.save(update_fields=["full_name", "language"])
    return user, True
