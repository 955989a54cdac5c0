"""A shop always has an owner who can sign in: without one only a shell would help.

An owner is active staff, and a superuser or in the group Owner. Triggers hold the same against every other door.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.owner_triggers import STAYS
from accounts.rights import OWNER, AccountRights
from refusals import Refusal
from staff.rights import Actor, may


class LastOwner(Refusal):
    """The change would leave the shop without an owner; nothing was changed."""

    message = _("The shop needs an owner who can sign in: make somebody else one first.")


def owners() -> QuerySet[User]:
    """All owners."""
    of_group = Q(pk__in=User.groups.through.objects.filter(group__name=OWNER).values("user"))
    return User.objects.filter(Q(is_superuser=True) | of_group, is_active=True, is_staff=True)


def is_above(user: User, actor: Actor) -> bool:
    """Whether who changes the user's account could act as somebody with more rights: staff, for who may not manage staff."""
    if getattr(actor, "is_superuser", False):
        return False
    return user.is_superuser or (user.is_staff and not may(actor, AccountRights.MANAGE_STAFF))


@contextmanager
def keeping_an_owner() -> Iterator[None]:
    """Around what changes accounts or their groups, in one transaction. Raises LastOwner when none would be left.

    The group's row is locked first, as the triggers do: two owners who take each other's rights away do so one after the
    other, and the second finds that they have none any more, or are the last.
    """
    with transaction.atomic():
        list(Group.objects.select_for_update(no_key=True).filter(name=OWNER))
        had_one = owners().exists()
        try:
            yield
        except IntegrityError as error:
            raise (LastOwner() if STAYS in str(error) else error) from error
        if had_one and not owners().exists():
            raise LastOwner
