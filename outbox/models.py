"""The columns of a row that is its own queue: one set of names for everything that waits to be done; and the rounds."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Queued(models.Model):
    """A row that waits to be done, is tried until it is, and may be given up.

    The code that writes the row says when the first attempt is due; from then on only outbox/queue.py moves these columns.
    The row waits as long as `next_attempt_at` is set, and a worker has it in hand until `leased_until`.
    """

    # How often it was claimed since it was written, or since staff made it due anew.
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    # None: there is nothing to do any more.
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, default=timezone.now)
    # When a worker's claim ends; None without one. Each claim has another moment, by which the worker knows its own.
    leased_until = models.DateTimeField(_("in hand until"), null=True)
    # What went wrong at the last attempt that was noted.
    failure = models.TextField(_("last failure"), blank=True)
    given_up_at = models.DateTimeField(_("given up"), null=True)

    class Meta:
        abstract = True

    def when_given_up(self) -> dict[str, Any]:
        """What else changes in the row when it is given up."""
        return {}


class Round(models.Model):
    """A round that one worker is at (outbox/rounds.py)."""

    name = models.CharField(max_length=50, primary_key=True)
    # By the database's clock; no other worker begins it before.
    until = models.DateTimeField()

    class Meta:
        # Nobody looks at them but the workers.
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


class Quiet(models.Model):
    """While there is a row, nothing that is due goes out (outbox/quiet.py)."""

    since = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"quiet since {self.since:%Y-%m-%d %H:%M}"


def queue_indexes(prefix: str, *, within: tuple[str, ...] = ()) -> list[models.Index]:
    """What waits (`within` each of something) by the time at which it is due, and what was given up.

    Both indexes stay small, however long the table is.
    """
    return [
        models.Index(
            fields=[*within, "next_attempt_at"],
            name=f"{prefix}_due",
            condition=Q(next_attempt_at__isnull=False),
        ),
        models.Index(
            fields=["given_up_at"], name=f"{prefix}_given_up", condition=Q(given_up_at__isnull=False)
        ),
    ]


def given_up_rests(prefix: str) -> models.CheckConstraint:
    """What was given up has no next attempt."""
    return models.CheckConstraint(
        condition=Q(given_up_at__isnull=True) | Q(next_attempt_at__isnull=True), name=f"{prefix}_rests"
    )
