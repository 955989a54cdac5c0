"""A customer's request for a refund that staff decide about."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models.order import Order


class RefundRequest(models.Model):
    """Who asked for it, when and why, and what staff said. An order has one at most that is open, and is Paid so long.

    orders/actions/refund_requests.py opens and declines it; whatever refunds the order accepts it
    (orders/lifecycle/transitions.py).
    """

    class State(models.TextChoices):
        OPEN = "open", _("open")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")

    order = models.ForeignKey(Order, models.PROTECT, related_name="refund_requests", verbose_name=_("order"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("requested by"),
    )
    asked_at = models.DateTimeField(_("requested"), default=timezone.now)
    note = models.CharField(_("why"), max_length=500, blank=True)
    # Nobody decided about what was refunded at the provider.
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided"), null=True)
    answer = models.CharField(_("answer"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("refund request")
        verbose_name_plural = _("refund requests")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["asked_at"], name="orders_refundrequest_open", condition=Q(state="open"))
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(state="open"), name="orders_refundrequest_one_open"
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_at__isnull=True)
                | Q(state="accepted", decided_at__isnull=False)
                | Q(state="declined", decided_at__isnull=False) & ~Q(answer=""),
                name="orders_refundrequest_decided",
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.order} ({self.get_state_display()})"
