"""What came in on the shop's bank account, entry by entry, as its statements say."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models.fields import Money
from orders.models.order import Order


class BankEntry(models.Model):
    """Money that came in. It is kept once, by the bank's name of it; what it says is never changed, only what it paid."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        MATCHED = "matched", _("matched")
        SET_ASIDE = "set_aside", _("set aside")

    class Why(models.TextChoices):
        """Why it is open."""

        NONE = "", ""
        NO_REFERENCE = "no_reference", _("no order's reference is in it")
        SEVERAL = "several", _("several orders' references are in it")
        CURRENCY = "currency", _("the order is in another currency")
        PENDING = "pending", _("the order is not confirmed yet")
        SHORT = "short", _("it is less than the order costs")
        NOTED = "noted", _("staff have noted this amount already")

    entry_id = models.CharField(_("entry"), max_length=140, unique=True)
    booked_on = models.DateField(_("booked"))
    amount = Money(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    text = models.CharField(_("text"), max_length=500, blank=True)
    payer = models.CharField(_("payer"), max_length=140, blank=True)
    payer_account = models.CharField(_("payer's account"), max_length=40, blank=True)
    read_at = models.DateTimeField(_("read"), default=timezone.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False, verbose_name=_("read by")
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    why = models.CharField(_("why"), max_length=20, choices=Why, blank=True, default=Why.NONE)
    order = models.ForeignKey(
        Order, models.PROTECT, null=True, related_name="bank_entries", verbose_name=_("order")
    )
    note = models.CharField(_("note"), max_length=500, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided"), null=True)

    class Meta:
        verbose_name = _("bank entry")
        verbose_name_plural = _("bank entries")
        ordering = ["-id"]
        permissions = [("read_statements", "Can read bank statements and match them")]
        indexes = [models.Index(fields=["-id"], name="orders_bank_open", condition=Q(state="open"))]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="orders_bank_amount"),
            models.CheckConstraint(
                condition=Q(state="open", decided_at__isnull=True)
                | Q(state="matched", decided_at__isnull=False, order__isnull=False)
                | Q(state="set_aside", decided_at__isnull=False),
                name="orders_bank_state",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="as_the_bank_says",
                fields=[
                    *("entry_id", "booked_on", "amount", "currency", "text", "payer"),
                    *("payer_account", "read_at", "actor"),
                ],
            ),
            pgtrigger.Protect(
                name="decided_once",
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__state="open"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.booked_on} {self.amount} {self.currency}"
