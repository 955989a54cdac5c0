"""A change of an order that was agreed and waits until its difference is paid, by an order of its own."""

from collections.abc import Mapping
from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models.changes.change import OrderChange
from orders.models.line import OrderLine
from orders.models.order import Order
from orders.status import OrderStatus

Kind = OrderChange.Kind


class WaitingChangeQuerySet(models.QuerySet["WaitingChange"]):
    def open(self) -> Self:
        """Those that wait."""
        return self.filter(ended_at=None)

    def as_agreed(self) -> Self:
        """Those that can still be made: nothing they are about was changed, sent, packed, refunded or disputed since."""
        of_order = OuterRef("order")
        changes = OrderChange.objects.filter(order=of_order).order_by().values("order")
        lines = OrderLine.objects.filter(order=of_order).order_by().values("order")
        disputed = Order.objects.filter(pk=of_order, payments__disputes__state="open")
        had = Coalesce(Subquery(changes.annotate(had=Count("pk")).values("had")), 0)
        left_us = Coalesce(Subquery(lines.annotate(left_us=Sum("sent")).values("left_us")), 0)
        here = OrderLine.objects.with_canceled().filter(pk=OuterRef("line")).order_by()
        wanted = OrderLine.objects.filter(order=OuterRef("supplement")).order_by()
        found = self.annotate(
            had=had,
            left_us=left_us,
            here=Subquery(here.values(here=F("quantity") - F("canceled") - F("sent"))),
            wanted=Subquery(wanted.values("quantity")[:1]),
        )
        same = Q(kind=Kind.RETURN, order__status=OrderStatus.DONE)
        same |= Q(kind=Kind.CANCEL, order__status=OrderStatus.PAID, here__gte=F("wanted"))
        unpacked = Q(is_packed=True) | Q(order__packed_at=None)
        same |= Q(unpacked, kind=Kind.DETAILS, order__status=OrderStatus.PAID, left_us=F("sent"))
        return found.filter(same, ~Exists(disputed), had=F("based_on"))


class WaitingChange(models.Model):
    """What is done to an order once the supplement is paid; if that is not paid, or the order moved on, nothing is.

    The supplement has the rest: the new pieces, or the new address and note, what is to be paid, and until when. An order
    has one at most that is open. It is made in the transaction that pays the supplement (orders/payments/differences.py),
    and then a change with the id of its preview is there; it ends with the supplement (orders/lifecycle/transitions.py).
    """

    supplement = models.OneToOneField(
        Order, models.PROTECT, primary_key=True, related_name="waiting", verbose_name=_("supplement")
    )
    order = models.ForeignKey(Order, models.PROTECT, related_name="waiting_changes", verbose_name=_("order"))
    change_id = models.UUIDField(unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=20, choices=OrderChange.Kind)
    # Of an exchange: the pieces of which line go, and whether they are for sale again.
    line = models.ForeignKey(OrderLine, models.PROTECT, null=True, related_name="+", db_index=False)
    restocked = models.BooleanField(_("received back into stock"), default=False)
    # What the order was when it was agreed: its changes, the pieces that had left, and whether it was packed.
    based_on = models.PositiveIntegerField()
    sent = models.PositiveIntegerField()
    is_packed = models.BooleanField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False, verbose_name=_("by")
    )
    note = models.CharField(_("reason"), max_length=500, blank=True)
    agreed_at = models.DateTimeField(_("agreed"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended"), null=True)
    # Its order came to nothing after sending it elsewhere was paid for: that goes back (orders/payments/differences.py).
    is_owed = models.BooleanField(default=False, db_default=False)

    objects = WaitingChangeQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        verbose_name = _("change that waits for its difference")
        verbose_name_plural = _("changes that wait for their difference")
        ordering = ["agreed_at"]
        indexes = [models.Index(fields=["order"], condition=Q(is_owed=True), name="orders_waiting_owed")]
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(ended_at=None), name="orders_waiting_one_open"
            ),
            models.CheckConstraint(
                condition=Q(kind="details", line=None, restocked=False)
                | Q(kind__in=["cancel", "return"], line__isnull=False),
                name="orders_waiting_kind",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="as_agreed", exclude=["ended_at", "is_owed"]),
            pgtrigger.Protect(
                name="ends_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(
                    old__ended_at__isnull=False, old__ended_at__df=pgtrigger.F("new__ended_at")
                ),
            ),
            pgtrigger.Trigger(
                name="of_one_customer",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func="""
                    IF NOT EXISTS (
                        SELECT FROM orders_order o JOIN orders_order s ON s.id = NEW.supplement_id
                            AND s.customer_id = o.customer_id AND s.id <> o.id AND s.is_supplement
                            AND s.is_exchange = (NEW.kind <> 'details')
                        LEFT JOIN orders_orderline l ON l.id = NEW.line_id
                        WHERE o.id = NEW.order_id AND coalesce(l.order_id, o.id) = o.id
                    ) THEN
                        RAISE EXCEPTION 'order %: supplements no change of %', NEW.supplement_id, NEW.order_id
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order} → {self.supplement}"

    def spares(self, leaving: Mapping[int, int]) -> bool:
        """Whether it can still be made once so many pieces (line id -> how many) have left."""
        if self.line_id is None or self.line_id not in leaving:
            return self.line_id is not None
        line = OrderLine.objects.with_canceled().get(pk=self.line_id)
        wanted = self.supplement.lines.get().quantity
        return line.to_send - line.sent - leaving[line.pk] >= wanted

    @property
    def is_made(self) -> bool:
        """Whether it was paid, and so was made."""
        return self.ended_at is not None and OrderChange.objects.filter(pk=self.change_id).exists()
