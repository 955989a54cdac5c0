"""What came of comparing the ledger with a provider's own list: the run, what did not match, and the days' statements."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models.fields import Money
from orders.models.order import Order
from outbox.models import Queued, given_up_rests, queue_indexes


class Reconciliation(Queued):
    """One comparison: of a day (in the shop's time zone), and of the days before it of which something was still open.

    It waits as its own queue (orders/payments/reconciling/daily.py). Once it has run it is history.
    """

    class Source(models.TextChoices):
        LISTS = "lists", _("the provider's lists")
        FILE = "file", _("a report of the provider")

    variant = models.CharField(_("provider"), max_length=50)
    source = models.CharField(_("source"), max_length=10, choices=Source, default=Source.LISTS)
    day = models.DateField(_("day"))
    # What it covered, known when it has run.
    since = models.DateTimeField(_("since"), null=True)
    until = models.DateTimeField(_("until"), null=True)
    ran_at = models.DateTimeField(_("ran"), null=True)
    explained = models.PositiveIntegerField(_("explained"), default=0)
    mismatches = models.PositiveIntegerField(_("do not match"), default=0)
    foreign = models.PositiveIntegerField(_("of other applications"), default=0)

    class Meta:
        verbose_name = _("reconciliation")
        verbose_name_plural = _("reconciliations")
        ordering = ["-id"]
        indexes = queue_indexes("orders_reconciliation")
        constraints = [
            models.UniqueConstraint(
                fields=["variant", "day"],
                condition=Q(source="lists"),
                name="orders_reconciliation_once_a_day",
            ),
            models.CheckConstraint(
                condition=Q(ran_at__isnull=True)
                | Q(since__isnull=False, until__gt=F("since"), next_attempt_at__isnull=True),
                name="orders_reconciliation_ran",
            ),
            given_up_rests("orders_reconciliation"),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="ran_once", operation=pgtrigger.Update, condition=pgtrigger.Q(old__ran_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.variant} {self.day}"


class MoneyMismatch(models.Model):
    """An amount that the ledger and the provider do not both have, until it is mended, explained or looked at."""

    class Wrong(models.TextChoices):
        UNKNOWN_HERE = "unknown_here", _("the ledger does not have it")
        OTHER_AMOUNT = "other_amount", _("the ledger has another amount")
        UNKNOWN_THERE = "unknown_there", _("the provider does not have it")
        CLOSED_THERE = "closed_there", _("the provider has closed it")

    class State(models.TextChoices):
        OPEN = "open", _("open")
        MENDED = "mended", _("mended")
        # A later comparison found it where it had been missing.
        EXPLAINED = "explained", _("explained by itself")
        LOOKED_AT = "looked_at", _("looked at")

    found_in = models.ForeignKey(
        Reconciliation, models.PROTECT, related_name="found", verbose_name=_("reconciliation")
    )
    order = models.ForeignKey(Order, models.PROTECT, related_name="money_mismatches", verbose_name=_("order"))
    variant = models.CharField(_("provider"), max_length=50)
    wrong = models.CharField(_("what is wrong"), max_length=20, choices=Wrong)
    # A MovementKind, a LedgerEntry.Kind where the provider does not have it, or "dispute".
    kind = models.CharField(_("kind"), max_length=20)
    reference = models.CharField(
        _("reference"), max_length=255, help_text=_("The provider's own name of it.")
    )
    amount = Money(_("amount"), decimal_places=3)
    currency = models.CharField(_("currency"), max_length=10)
    at = models.DateTimeField(_("at"))
    # Movement (orders/payments/providers/base.py), field by field; null where the provider has none.
    movement = models.JSONField(null=True)
    # Notification, field by field: what an event would have told, and mending tells.
    told = models.JSONField(null=True)
    found_at = models.DateTimeField(_("found"), default=timezone.now)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    closed_at = models.DateTimeField(_("closed"), null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("closed by"),
    )
    note = models.CharField(_("note"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("mismatch with a provider")
        verbose_name_plural = _("mismatches with providers")
        ordering = ["-id"]
        permissions = [("close_moneymismatch", "Can mend and close mismatches with providers")]
        indexes = [models.Index(fields=["at"], name="orders_mismatch_open", condition=Q(state="open"))]
        constraints = [
            models.UniqueConstraint(
                fields=["variant", "wrong", "kind", "reference"],
                condition=Q(state="open"),
                name="orders_mismatch_open_once",
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True)
                | Q(state="explained", closed_at__isnull=False)
                | Q(state="mended", closed_at__isnull=False, closed_by__isnull=False)
                | Q(state="looked_at", closed_at__isnull=False, closed_by__isnull=False) & ~Q(note=""),
                name="orders_mismatch_closed",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="closed_once", operation=pgtrigger.Update, condition=~pgtrigger.Q(old__state="open")
            ),
            pgtrigger.ReadOnly(
                name="as_found",
                fields=[
                    "order",
                    "variant",
                    "wrong",
                    "kind",
                    "reference",
                    "amount",
                    "currency",
                    "at",
                    "movement",
                    "told",
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.variant} {self.kind} {self.reference}"


class ProviderStatement(models.Model):
    """A day (in the shop's time zone) of an account in one currency, from the opening balance to the closing one.

    Rows are only ever added: what a later comparison found of the same day stands beside what an earlier one did.
    """

    # What is added to the opening balance, in the order in which it is told, and all that is told.
    PARTS = ("captured", "refunded", "disputes", "fees", "other", "paid_out")
    COLUMNS = ("opening", *PARTS, "closing")

    reconciliation = models.ForeignKey(
        Reconciliation, models.PROTECT, related_name="statements", verbose_name=_("reconciliation")
    )
    variant = models.CharField(_("provider"), max_length=50)
    currency = models.CharField(_("currency"), max_length=10)
    day = models.DateField(_("day"))
    opening = Money(_("opening"), decimal_places=3)
    captured = Money(_("captured"), decimal_places=3)
    refunded = Money(_("refunded"), decimal_places=3)
    disputes = Money(_("disputes"), decimal_places=3)
    fees = Money(_("fees"), decimal_places=3)
    other = Money(_("other"), decimal_places=3)
    paid_out = Money(_("paid out"), decimal_places=3)
    closing = Money(_("closing"), decimal_places=3)

    class Meta:
        verbose_name = _("daily statement")
        verbose_name_plural = _("daily statements")
        ordering = ["-day", "variant", "currency", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["variant", "currency", "day", "reconciliation"], name="orders_statement_once"
            ),
            models.CheckConstraint(
                condition=Q(
                    closing=F("opening")
                    + F("captured")
                    + F("refunded")
                    + F("disputes")
                    + F("fees")
                    + F("other")
                    + F("paid_out")
                ),
                name="orders_statement_sum",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.variant} {self.currency} {self.day}"
