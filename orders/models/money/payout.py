"""What providers sent to the shop's bank, and what each of these payouts holds."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from orders.models.fields import Money, MoneyOrNull
from orders.models.money.reconciliation import Reconciliation


class Payout(models.Model):
    """Money that a provider sent to the shop's bank. Only its state changes.

    One that is `itemized` says what it holds, row by row (`PayoutLine`); of the others it is known that they hold what moved
    before them.
    """

    class State(models.TextChoices):
        UNDER_WAY = "under_way", _("under way")
        PAID = "paid", _("paid")
        FAILED = "failed", _("failed")

    found_in = models.ForeignKey(
        Reconciliation, models.PROTECT, related_name="payouts", verbose_name=_("reconciliation")
    )
    variant = models.CharField(_("provider"), max_length=50)
    reference = models.CharField(
        _("reference"), max_length=255, help_text=_("The provider's own name of it.")
    )
    at = models.DateTimeField(_("at"))
    state = models.CharField(_("state"), max_length=10, choices=State)
    currency = models.CharField(_("currency"), max_length=10)
    amount = Money(_("amount"), decimal_places=3)
    itemized = models.BooleanField(_("says what it holds"), default=False)
    # What its rows come to, the fees in them taken off; null where it has none.
    held = MoneyOrNull(_("holds"), decimal_places=3, null=True)
    fees = Money(_("fees"), decimal_places=3, default=0)

    class Meta:
        verbose_name = _("payout")
        verbose_name_plural = _("payouts")
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["variant", "reference"], name="orders_payout_once"),
            models.CheckConstraint(
                condition=Q(itemized=True, held__isnull=False) | Q(itemized=False, held=None),
                name="orders_payout_itemized",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["under_way", "paid", "failed"]), name="orders_payout_state"
            ),
        ]
        indexes = [
            models.Index(fields=["at"], name="orders_payout_at"),
            models.Index(
                fields=["at"], name="orders_payout_uneven", condition=Q(itemized=True) & ~Q(held=F("amount"))
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="as_found", exclude=["state"]),
        ]

    def __str__(self) -> str:
        return f"{self.variant} {self.reference}"


class PayoutLine(models.Model):
    """What moved on the account and is in a payout. Rows are only ever added.

    Which order it is of, the ledger says under the same reference, now or later.
    """

    payout = models.ForeignKey(Payout, models.PROTECT, related_name="lines", verbose_name=_("payout"))
    # The payout's, so that a reference is found by one index.
    variant = models.CharField(_("provider"), max_length=50)
    # A MovementKind.
    kind = models.CharField(_("kind"), max_length=20)
    reference = models.CharField(_("reference"), max_length=255)
    at = models.DateTimeField(_("at"))
    net = Money(_("net"), decimal_places=3)
    fee = Money(_("fee"), decimal_places=3)

    class Meta:
        verbose_name = _("row of a payout")
        verbose_name_plural = _("rows of payouts")
        ordering = ["id"]
        indexes = [models.Index(fields=["variant", "reference"], name="orders_payoutline_name")]
        triggers = [
            pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"
