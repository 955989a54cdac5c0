"""What a customer asks for after the order was paid: to cancel a part, to return, to exchange, to withdraw. Staff answer."""

from typing import TYPE_CHECKING

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Product
from orders.models.changes.change import OrderChange
from orders.models.line import OrderLine
from orders.models.order import Order

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


class ChangeRequest(models.Model):
    """Who asked for what, when, and what staff said. An order has one at most that is open.

    orders/actions/changes/change_requests.py opens and answers it; a refund of the whole order accepts it as well
    (orders/lifecycle/transitions.py).
    """

    class Kind(models.TextChoices):
        CANCEL = "cancel", _("Cancel a part")
        RETURN = "return", _("Return")
        # In the EU within a time after the delivery, and without giving a reason.
        WITHDRAW = "withdraw", _("Withdraw from the contract")

    class State(models.TextChoices):
        OPEN = "open", _("open")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")

    order = models.ForeignKey(Order, models.PROTECT, related_name="change_requests", verbose_name=_("order"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
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
    # Since when staff wait for the goods, and the label for their way: as PDF, or where the courier has it.
    expected_at = models.DateTimeField(_("goods expected"), null=True)
    expected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("expected by"),
    )
    label = models.BinaryField(_("label"), null=True)
    label_url = models.URLField(
        _("address of the label"), max_length=500, blank=True, default="", db_default=""
    )
    # The change that accepted it; none where the whole order was refunded.
    change = models.OneToOneField(OrderChange, models.PROTECT, null=True, related_name="request")

    class Meta:
        verbose_name = _("request for a change")
        verbose_name_plural = _("requests for changes")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["asked_at"], name="orders_changerequest_open", condition=Q(state="open"))
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(state="open"), name="orders_changerequest_one_open"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["cancel", "return", "withdraw"]), name="orders_changerequest_kind"
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_at=None, change=None)
                | Q(state="accepted", decided_at__isnull=False)
                | Q(state="declined", decided_at__isnull=False, change=None) & ~Q(answer=""),
                name="orders_changerequest_decided",
            ),
            models.CheckConstraint(
                condition=Q(expected_at=None, expected_by=None, label=None, label_url="")
                | Q(kind__in=["return", "withdraw"], expected_at__isnull=False, expected_by__isnull=False),
                name="orders_changerequest_expected",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.order}: {self.what} ({self.get_state_display()})"

    @property
    def is_exchange(self) -> bool:
        """Whether another variant is wished for some of its pieces."""
        return any(one.exchange_for_id for one in self.lines.all())

    @property
    def what(self) -> "str | StrPromise":
        """In words: an exchange where each of its pieces shall be one."""
        lines = self.lines.all()
        return (
            _("Exchange")
            if lines and all(one.exchange_for_id for one in lines)
            else self.Kind(self.kind).label
        )


class RequestedLine(models.Model):
    """So many pieces of a line that a request is about, and the variant that is wished for them instead of money."""

    request = models.ForeignKey(ChangeRequest, models.PROTECT, related_name="lines", db_index=False)
    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField(_("quantity"))
    exchange_for = models.ForeignKey(
        Product,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("in exchange for"),
    )

    class Meta:
        default_permissions = ()
        verbose_name = _("requested line")
        verbose_name_plural = _("requested lines")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["request", "line"], name="orders_requestedline_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="orders_requestedline_quantity"),
        ]
        triggers = [
            pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="for_another_variant",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                condition=pgtrigger.Q(new__exchange_for__isnull=False),
                func="""
                    IF NOT EXISTS (
                        SELECT FROM orders_orderline l JOIN catalog_product p ON p.id = l.product_id
                        JOIN catalog_product n ON n.id = NEW.exchange_for_id AND n.group_id = p.group_id AND n.id <> p.id
                        JOIN orders_changerequest r ON r.id = NEW.request_id AND r.kind <> 'withdraw'
                        WHERE l.id = NEW.line_id
                    ) THEN
                        RAISE EXCEPTION 'request %: product % is no exchange for line %',
                            NEW.request_id, NEW.exchange_for_id, NEW.line_id USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        new = self.exchange_for
        return f"{self.quantity} × {self.line.name}" + (f" → {new.local_name}" if new else "")
