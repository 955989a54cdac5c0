"""A price that staff gave when they took an order: what it would have been, what it is, why, and by whom."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models.draft import MAX_REASON
from orders.models.fields import Money
from orders.models.line import OrderLine
from orders.models.order import Order


class PriceOverride(models.Model):
    """Of a piece of one line, or without a line of the shipping; before promotions. Rows are only ever added.

    `given` is what the line's unit price is, or the fee with what promotions took off it: the audit compares.
    """

    order = models.ForeignKey(Order, models.PROTECT, related_name="price_overrides", db_index=False)
    line = models.OneToOneField(
        OrderLine, models.PROTECT, null=True, related_name="price_override", verbose_name=_("line")
    )
    usual = Money(_("usual price"))
    given = Money(_("given price"))
    reason = models.CharField(_("reason"), max_length=MAX_REASON)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False, verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("overridden price")
        verbose_name_plural = _("overridden prices")
        ordering = ["id"]
        indexes = [models.Index(fields=["order"], name="orders_override_of_order")]
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(line=None), name="orders_override_shipping_once"
            ),
            models.CheckConstraint(
                condition=Q(usual__gte=0, given__gte=0) & ~Q(usual=F("given")) & ~Q(reason=""),
                name="orders_override_explained",
            ),
        ]
        triggers = [pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.usual} → {self.given}"
