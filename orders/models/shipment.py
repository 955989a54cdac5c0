"""The parcels of an order: what was in each, who carries it, and how its customer follows it."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models.history import in_the_feed
from orders.models.line import OrderLine
from orders.models.order import Order
from orders.models.pricing.shipping import Courier


class Shipment(models.Model):
    """One parcel that left, numbered from 1 within its order. Only its tracking code may be corrected.

    `completes`: the order became Done with it, which its own email and event tell; the others have theirs.
    """

    order = models.ForeignKey(
        Order, models.PROTECT, related_name="shipments", db_index=False, verbose_name=_("order")
    )
    sequence = models.PositiveSmallIntegerField(_("parcel"))
    at = models.DateTimeField(_("sent"), default=timezone.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("by"),
    )
    courier = models.ForeignKey(
        Courier, models.PROTECT, related_name="+", db_index=False, verbose_name=_("courier")
    )
    tracking_code = models.CharField(_("tracking code"), max_length=100, blank=True, default="")
    weight_g = models.PositiveBigIntegerField(_("weight (g)"), null=True)
    completes = models.BooleanField(default=False)
    # Why staff sent a pre-order before the day that its line says.
    early_reason = models.CharField(
        _("sent early, because"), max_length=500, blank=True, default="", db_default="", editable=False
    )

    class Meta:
        verbose_name = _("parcel")
        verbose_name_plural = _("parcels")
        ordering = ["order_id", "sequence"]
        permissions = [
            ("send_parcel", "Can send parcels"),
            ("send_early", "Can send pre-orders before their day"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["order", "sequence"], name="orders_shipment_sequence"),
            models.CheckConstraint(condition=Q(sequence__gt=0), name="orders_shipment_from_one"),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="as_sent", exclude=["tracking_code"]),
            in_the_feed("shipment_id", when="NOT NEW.completes"),
        ]

    def __str__(self) -> str:
        return f"{self.order} / {self.sequence}"

    @property
    def tracking_url(self) -> str:
        """Where the customer follows it; empty when the courier has no such page, or there is no code."""
        return self.courier.tracking_page(self.tracking_code) if self.tracking_code else ""


class ReadyNotice(models.Model):
    """That an order waits for its customer where it is fetched. Rows are only ever added; each has its email and event.

    What is handed over is a parcel (`Shipment`), as what is sent.
    """

    order = models.OneToOneField(Order, models.PROTECT, related_name="ready_notice", verbose_name=_("order"))
    at = models.DateTimeField(_("ready"), default=timezone.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("by"),
    )

    class Meta:
        verbose_name = _("ready for pickup")
        verbose_name_plural = _("ready for pickup")
        ordering = ["id"]
        triggers = [
            pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete),
            in_the_feed("ready_id"),
        ]

    def __str__(self) -> str:
        return f"{self.order}"


class ShipmentLine(models.Model):
    """Pieces of a line in a parcel. Rows are only ever added, and each is counted at its line (`OrderLine.sent`).

    So the database itself sees to it that never more is sent than was ordered, however many send at once.
    """

    shipment = models.ForeignKey(Shipment, models.PROTECT, related_name="lines")
    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="shipped")
    quantity = models.PositiveIntegerField(_("quantity"))

    class Meta:
        verbose_name = _("line of a parcel")
        verbose_name_plural = _("lines of parcels")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["shipment", "line"], name="orders_shipmentline_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="orders_shipmentline_quantity"),
        ]
        triggers = [
            pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="counted_at_line",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                declare=[("shipped", "uuid"), ("canceled", "bigint")],
                func="""
                    -- Its lock comes before the sum, so that it is of all that is committed.
                    SELECT order_id INTO shipped FROM orders_shipment WHERE id = NEW.shipment_id;
                    PERFORM FROM orders_order WHERE id = shipped FOR NO KEY UPDATE;
                    SELECT coalesce(sum(c.quantity), 0) INTO canceled
                    FROM orders_changeline c JOIN orders_orderchange o ON o.id = c.change_id
                    WHERE c.line_id = NEW.line_id AND o.kind = 'cancel';
                    UPDATE orders_orderline l SET sent = l.sent + NEW.quantity
                    WHERE l.id = NEW.line_id AND l.order_id = shipped AND l.sent + NEW.quantity <= l.quantity - canceled;
                    IF NOT FOUND THEN
                        RAISE EXCEPTION 'the line is of another order, or fewer pieces of it are left to send'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.line.name}"
