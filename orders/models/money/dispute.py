"""A charge that a customer disputes at the bank or at the provider."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models.fields import Money
from orders.models.money.payment import LedgerEntry, Payment


class Dispute(models.Model):
    """A dispute as the provider tells of it; only orders/payments/disputes.py writes it."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        WON = "won", _("won")
        LOST = "lost", _("lost")

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="disputes", verbose_name=_("payment"))
    capture = models.ForeignKey(
        LedgerEntry, models.PROTECT, related_name="disputes", verbose_name=_("capture")
    )
    reference = models.CharField(
        _("reference"), max_length=255, help_text=_("The provider's own name of it.")
    )
    amount = Money(_("amount"))
    fee = Money(_("fee"), default=0)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    # Until then the provider takes evidence.
    respond_by = models.DateTimeField(_("answer by"), null=True)
    opened_at = models.DateTimeField(_("opened"), default=timezone.now)
    closed_at = models.DateTimeField(_("closed"), null=True)

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        ordering = ["-id"]
        indexes = [models.Index(fields=["respond_by"], name="orders_dispute_open", condition=Q(state="open"))]
        constraints = [
            models.UniqueConstraint(fields=["payment", "reference"], name="orders_dispute_told_once"),
            models.CheckConstraint(condition=Q(amount__gt=0, fee__gte=0), name="orders_dispute_amounts"),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True)
                | Q(state__in=["won", "lost"], closed_at__isnull=False),
                name="orders_dispute_closed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} ({self.get_state_display()})"
