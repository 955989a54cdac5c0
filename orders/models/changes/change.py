"""What became different of an order after it was paid: rows that are only ever added. What is left is their sums.

Nothing of the order or of its lines is rewritten. An order's changes are numbered, so that one that was previewed before
another was applied is refused; its id is its preview's, so that one that is applied twice is the same.
"""

from uuid import uuid4

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.models import Number
from orders.models.fields import Money, MoneyOrNull
from orders.models.history import in_the_feed
from orders.models.line import OrderLine
from orders.models.order import Order


class OrderChange(models.Model):
    """Pieces that were canceled or came back, and money that goes back for them, or without them.

    `amount` is all of the money: what its lines say, and `shipping`. The one who made it is null where the shop heard
    of it from the payment provider.
    """

    class Kind(models.TextChoices):
        # The values are in constraints and in the audit's statements.
        REFUND = "refund", _("Money returned")
        CANCEL = "cancel", _("Pieces canceled")
        RETURN = "return", _("Pieces returned")
        # orders/models/changes/details.py has what stood there before.
        DETAILS = "details", _("Address or note changed")
        # Somebody returned a part of the money at the payment provider.
        AT_PROVIDER = "at_provider", _("Money returned at the payment provider")
        # Such a return failed later: the change that it undoes counts no more.
        UNDONE = "undone", _("A return of money failed")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    order = models.ForeignKey(
        Order, models.PROTECT, related_name="changes", db_index=False, verbose_name=_("order")
    )
    sequence = models.PositiveIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    at = models.DateTimeField(_("at"), default=timezone.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("by"),
    )
    # For the customer, who is told it.
    note = models.CharField(_("reason"), max_length=500, blank=True)
    amount = Money(_("amount"), default=0)
    shipping = Money(_("of it shipping"), default=0)
    # What of the shipping is tax; null as in orders from before tax was kept.
    shipping_tax = MoneyOrNull(null=True)
    # The row of the ledger that told of money that was returned at the provider.
    returned = models.OneToOneField(
        "orders.LedgerEntry", models.PROTECT, null=True, related_name="change", verbose_name=_("ledger entry")
    )
    undoes = models.OneToOneField("self", models.PROTECT, null=True, related_name="undone_by")

    class Meta:
        verbose_name = _("change of an order")
        verbose_name_plural = _("changes of orders")
        ordering = ["order_id", "sequence"]
        permissions = [
            ("refund_part", "Can give back parts of the money"),
            ("cancel_pieces", "Can cancel pieces of paid orders"),
            ("take_return", "Can take back pieces of done orders"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["order", "sequence"], name="orders_change_sequence"),
            models.CheckConstraint(
                condition=Q(sequence__gt=0, amount__gte=0, shipping__range=(0, F("amount"))),
                name="orders_change_amounts",
            ),
            models.CheckConstraint(
                condition=Q(shipping_tax__isnull=True) | Q(shipping_tax__range=(0, F("shipping"))),
                name="orders_change_shipping_tax",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["refund", "cancel", "return", "details"], returned=None, undoes=None)
                | Q(kind="at_provider", returned__isnull=False, undoes=None)
                | Q(kind="undone", returned=None, undoes__isnull=False, amount=0),
                name="orders_change_kind",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete),
            in_the_feed("edit_id"),
            # Whoever inserts one, in whichever transaction: the order's row is locked first, so that the sums are of all
            # that is committed.
            pgtrigger.Trigger(
                name="within_the_order",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                declare=[
                    ("placed", "orders_order%ROWTYPE"),
                    ("given", "numeric"),
                    ("shipped", "numeric"),
                    ("taxed", "numeric"),
                ],
                func="""
                    SELECT * INTO placed FROM orders_order WHERE id = NEW.order_id FOR NO KEY UPDATE;
                    SELECT coalesce(sum(c.amount), 0), coalesce(sum(c.shipping), 0), coalesce(sum(c.shipping_tax), 0)
                    INTO given, shipped, taxed FROM orders_orderchange c
                    WHERE c.order_id = NEW.order_id
                        AND NOT EXISTS (SELECT FROM orders_orderchange u WHERE u.undoes_id = c.id);
                    IF given + NEW.amount > placed.total_amount OR shipped + NEW.shipping > placed.shipping_fee
                        OR taxed + coalesce(NEW.shipping_tax, 0) > coalesce(placed.shipping_tax, 0) THEN
                        RAISE EXCEPTION 'order %: a change gives back more than there is left', NEW.order_id
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sequence}. {self.get_kind_display()}"

    @property
    def what(self) -> str:
        """What it is, in the reader's language; of one that counts no more, whether staff took it back or it failed."""
        is_taken_back = self.kind == self.Kind.UNDONE and self.actor_id is not None
        return gettext("Not returned after all") if is_taken_back else self.get_kind_display()

    @property
    def who(self) -> str:
        """Who made it: `customer`, `staff` or `system`."""
        if self.actor_id is None:
            return "system"
        return "customer" if self.actor_id == self.order.customer_id else "staff"


class ChangeLine(models.Model):
    """What a change does to a line: pieces that go, with or without the money for them. Only ever added."""

    change = models.ForeignKey(OrderChange, models.PROTECT, related_name="lines", db_index=False)
    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="changes")
    # None where money goes back without goods.
    quantity = models.PositiveIntegerField(_("quantity"), default=0)
    amount = Money(_("amount"), default=0)
    tax = MoneyOrNull(null=True)
    # Whether the pieces are for sale again; what was never sent is.
    restocked = models.BooleanField(_("received back into stock"), default=False)

    class Meta:
        verbose_name = _("line of a change")
        verbose_name_plural = _("lines of changes")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["change", "line"], name="orders_changeline_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="orders_changeline_amount"),
            models.CheckConstraint(
                condition=Q(tax__isnull=True) | Q(tax__range=(0, F("amount"))), name="orders_changeline_tax"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0) | Q(amount__gt=0, restocked=False),
                name="orders_changeline_something",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="within_the_line",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                declare=[
                    ("bought", "orders_orderline%ROWTYPE"),
                    ("changed", "uuid"),
                    ("made", "text"),
                    ("pieces", "bigint"),
                    ("given", "numeric"),
                    ("taxed", "numeric"),
                ],
                func="""
                    SELECT order_id INTO changed FROM orders_orderchange WHERE id = NEW.change_id;
                    PERFORM FROM orders_order WHERE id = changed FOR NO KEY UPDATE;
                    SELECT * INTO bought FROM orders_orderline WHERE id = NEW.line_id;
                    SELECT coalesce(sum(l.quantity), 0), coalesce(sum(l.amount), 0), coalesce(sum(l.tax), 0)
                    INTO pieces, given, taxed FROM orders_changeline l
                    WHERE l.line_id = NEW.line_id
                        AND NOT EXISTS (SELECT FROM orders_orderchange u WHERE u.undoes_id = l.change_id);
                    SELECT kind INTO made FROM orders_orderchange WHERE id = NEW.change_id;
                    IF bought.order_id IS DISTINCT FROM changed
                        OR pieces + NEW.quantity > bought.quantity - (CASE made WHEN 'cancel' THEN bought.sent ELSE 0 END)
                        OR given + NEW.amount > bought.line_total
                        OR taxed + coalesce(NEW.tax, 0) > coalesce(bought.tax_amount, 0) THEN
                        RAISE EXCEPTION 'line %: a change takes more than there is left', NEW.line_id
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.line.name}"


class GivenUpNumber(models.Model):
    """A number that a line held and gave up by a change: with these its first numbers can be told for good."""

    line = models.ForeignKey(ChangeLine, models.PROTECT, related_name="numbers")
    number = models.ForeignKey(Number, models.PROTECT, related_name="+", verbose_name=_("number"))

    class Meta:
        default_permissions = ()
        verbose_name = _("number that was given up")
        verbose_name_plural = _("numbers that were given up")
        ordering = ["number_id"]
        constraints = [
            models.UniqueConstraint(fields=["line", "number"], name="orders_givenupnumber_once"),
        ]
        triggers = [pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return str(self.number)
