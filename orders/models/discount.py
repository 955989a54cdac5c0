"""What promotions took off an order: a row for each, and its share in every line. They stay as placed."""

from decimal import Decimal

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from orders.models.fields import Money
from orders.models.line import OrderLine
from orders.models.order import Order
from orders.models.pricing.promotion import Promotion, PromotionKind


class OrderDiscount(models.Model):
    """A promotion that an order used: what it took off in all, and of that what off the shipping."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="discounts", db_index=False)
    position = models.PositiveSmallIntegerField()
    promotion = models.ForeignKey(
        Promotion, models.PROTECT, related_name="discounts", verbose_name=_("promotion")
    )
    # As they were when the order was placed.
    code = models.CharField(_("code"), max_length=40, blank=True)
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=20, choices=PromotionKind)
    amount = Money(_("amount"))
    shipping_amount = Money(_("off the shipping"))
    # When the order came to nothing, and the use went back to the promotion's limit.
    given_back_at = models.DateTimeField(_("given back"), null=True, editable=False)

    class Meta:
        verbose_name = _("discount")
        verbose_name_plural = _("discounts")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="orders_discount_position"),
            models.UniqueConstraint(fields=["order", "promotion"], name="orders_discount_once"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, shipping_amount__range=(0, F("amount"))),
                name="orders_discount_amount",
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="as_placed", exclude=["given_back_at"]),
            pgtrigger.Protect(
                name="given_back_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__given_back_at__isnull=False),
            ),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})" if self.code else self.name

    @property
    def off_items(self) -> Decimal:
        return self.amount - self.shipping_amount


class DiscountShare(models.Model):
    """What of a discount falls on one line."""

    discount = models.ForeignKey(OrderDiscount, models.PROTECT, related_name="shares", db_index=False)
    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="shares")
    amount = Money(_("amount"))

    class Meta:
        verbose_name = _("share of a discount")
        verbose_name_plural = _("shares of discounts")
        ordering = ["discount_id", "line_id"]
        constraints = [
            models.UniqueConstraint(fields=["discount", "line"], name="orders_share_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="orders_share_amount"),
        ]
        triggers = [
            pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.amount}"


def discounts_of(order: Order) -> list[OrderDiscount]:
    """What promotions took off an order; nothing is read of one without any."""
    return list(order.discounts.all()) if order.discount_total else []
