"""What staff may do. Each room names its own rights; they are asked for inside the domain calls, for every door.

A right is one of Django's permissions, given to people through groups (orders/groups.py). Being staff gives nothing but the
sign-in to the desk. A right is worth nothing without being staff: who stops being staff loses every right at once.
"""

from collections.abc import Iterable
from typing import Any, Protocol

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core import exceptions
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from refusals import Refusal


class Actor(Protocol):
    """A user; also the anonymous one, who has no right."""

    @property
    def pk(self) -> Any: ...

    @property
    def is_staff(self) -> bool: ...

    def has_perm(self, perm: str, /) -> bool: ...


class Rights(models.TextChoices):
    """Base of the rights that a room names: `app.codename`, and what the log calls it."""


class PermissionDenied(Refusal, exceptions.PermissionDenied):
    """The actor lacks the right, or the step is not for customers. A kind of Django's, so that each door answers 403."""

    code = "permission_denied"
    status = 403
    title = _("Not allowed")
    message = _("You don't have access to this.")
    advice = _(
        "You are signed in, but may not do this. With the cookie of the pages, changes need the CSRF token too."
    )


def may(user: Actor, right: Rights) -> bool:
    """Whether the user has the right. Costs no statement for customers and superusers."""
    return user.is_staff and user.has_perm(right.value)


def who_may(users: Iterable[Actor], right: Rights) -> set[int]:
    """Of active users those who have the right, by their ids: `may` of many in one statement, or none."""
    staff = {user.pk for user in users if user.is_staff}
    if not staff:
        return set()
    app, codename = right.value.split(".")
    meant = Permission.objects.filter(content_type__app_label=app, codename=codename)
    has_it = Q(is_superuser=True) | Q(user_permissions__in=meant) | Q(groups__permissions__in=meant)
    return set(get_user_model().objects.filter(has_it, pk__in=staff).values_list("pk", flat=True))


def require(*, actor: Actor | None, right: Rights) -> None:
    """Raise PermissionDenied unless the actor has the right. No actor is the shop itself, which may do everything."""
    if actor is not None and not may(actor, right):
        raise PermissionDenied


def label_of(code: str) -> str:
    """The label of a right, whichever room names it."""
    named = (rights(code) for rights in Rights.__subclasses__() if code in rights.values)
    return next((str(right.label) for right in named), code)
