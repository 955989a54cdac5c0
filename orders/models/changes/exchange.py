"""Pieces of an order that were exchanged for another variant: an order of its own, paid by what the change gives back."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models.changes.change import OrderChange
from orders.models.fields import Money
from orders.models.order import Order


class Exchange(models.Model):
    """The change that took the pieces, and the order that the customer got for them. Only ever added.

    Both are of one customer. What the change gives back has paid the order: no money moved at a payment provider.
    """

    change = models.OneToOneField(OrderChange, models.PROTECT, primary_key=True, related_name="exchange")
    order = models.OneToOneField(
        Order, models.PROTECT, related_name="exchange", verbose_name=_("order in exchange")
    )
    # What the new pieces cost more than the old ones, and the shop pays.
    waived = Money(_("waived"), default=0, db_default=0)

    class Meta:
        default_permissions = ()
        verbose_name = _("exchange")
        verbose_name_plural = _("exchanges")
        constraints = [
            models.CheckConstraint(condition=models.Q(waived__gte=0), name="orders_exchange_waived"),
        ]
        triggers = [
            pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="of_one_customer",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func="""
                    IF NOT EXISTS (
                        SELECT FROM orders_orderchange c JOIN orders_order o ON o.id = c.order_id
                        JOIN orders_order n ON n.id = NEW.order_id AND n.customer_id = o.customer_id AND n.id <> o.id
                            AND n.is_exchange
                        WHERE c.id = NEW.change_id AND c.kind IN ('cancel', 'return')
                    ) THEN
                        RAISE EXCEPTION 'change %: no exchange for order %', NEW.change_id, NEW.order_id
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.change} → {self.order}"
