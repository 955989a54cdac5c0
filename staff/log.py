"""Writes down what staff do, in the transaction in which they do it: neither is there without the other."""

from collections.abc import Iterable, Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _

from staff.caller import address
from staff.models import StaffAction
from staff.rights import Actor, Rights, label_of, require


class Edit(models.TextChoices):
    """What is done through the forms of the admin."""

    ADDED = "added", _("Added")
    CHANGED = "changed", _("Changed")
    DELETED = "deleted", _("Deleted")


def use_right(*, actor: Actor | None, right: Rights, about: models.Model, **details: object) -> None:
    """Check that the actor has the right, and write down that they used it, in the caller's transaction.

    Without an actor the shop itself acts: it may do everything, and nothing is written. Raises PermissionDenied.
    """
    require(actor=actor, right=right)
    if actor is not None:
        write(actor=actor, action=right, about=[about], **details)


def write(*, actor: Actor, action: str, about: Iterable[models.Model], **details: object) -> None:
    """Add a row for each thing, in the caller's transaction. Empty details are left out."""
    write_each(actor=actor, action=action, about=[(thing, details) for thing in about])


def write_each(
    *, actor: Actor, action: str, about: Iterable[tuple[models.Model, Mapping[str, object]]]
) -> None:
    """The same for things that each have details of their own, in one statement."""
    StaffAction.objects.bulk_create(
        StaffAction(
            actor_id=actor.pk,
            action=str(action),
            object_type=thing._meta.label_lower,
            object_id=str(thing.pk),
            object_text=str(thing)[:200],
            details={name: value for name, value in details.items() if value not in ("", None)},
            address=address.get(),
        )
        for thing, details in about
    )


def action_label(action: str) -> str:
    """The label of an action."""
    return str(Edit(action).label) if action in Edit.values else label_of(action)
