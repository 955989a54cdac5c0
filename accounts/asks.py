"""Emails that strangers asked for: what limits count, and what a code's tries are counted on. The rules are in asking.py."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class AskKind(models.TextChoices):
    CODE = "code", _("Sign-in code")
    ORDER_LINK = "order_link", _("Link to an order")


class Ask(models.Model):
    """One email that was asked for without a sign-in. It names nobody: address and network are keyed hashes."""

    kind = models.CharField(max_length=10, choices=AskKind)
    address = models.CharField(max_length=64)
    network = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now, db_index=True)
    # Of a code: how often one was typed, and when it was the right one.
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    class Meta:
        # The shop alone reads them.
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=AskKind.values), name="accounts_ask_kind"),
        ]
        indexes = [
            models.Index(fields=["kind", "address", "at"], name="accounts_ask_of_address"),
            models.Index(fields=["kind", "network", "at"], name="accounts_ask_of_network"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%F %T}"
