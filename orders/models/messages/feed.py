"""What happened to orders, in one line: the feed that API clients read, and webhooks are sent from."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models.changes.change import OrderChange
from orders.models.history import StatusChange
from orders.models.messages.notice import Notice
from orders.models.money.payment import LedgerEntry
from orders.models.order import Order
from orders.models.shipment import ReadyNotice, Shipment

# What an entry may point to: one of these.
TELLS = ("change", "money", "edit", "shipment", "ready", "notice")


class FeedEntry(models.Model):
    """A place in the feed. The database itself adds it with the row it points to; orders/events/feed.py positions it.

    The position comes after the commit, from one writer at a time: a reader who has read up to a position has read all
    that will ever stand before it.
    """

    order = models.ForeignKey(Order, models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    change = models.OneToOneField(StatusChange, models.PROTECT, null=True, related_name="feed_entry")
    money = models.OneToOneField(LedgerEntry, models.PROTECT, null=True, related_name="feed_entry")
    # A change of an order that goes on.
    edit = models.ForeignKey(OrderChange, models.PROTECT, null=True, related_name="+", db_index=False)
    # A parcel that left while more was to come.
    shipment = models.OneToOneField(Shipment, models.PROTECT, null=True, related_name="feed_entry")
    # That it can be fetched.
    ready = models.OneToOneField(ReadyNotice, models.PROTECT, null=True, related_name="feed_entry")
    # What no other row tells.
    notice = models.ForeignKey(Notice, models.PROTECT, null=True, related_name="+", db_index=False)
    position = models.PositiveBigIntegerField(null=True, unique=True)

    class Meta:
        verbose_name = _("feed entry")
        verbose_name_plural = _("feed")
        ordering = ["position"]
        indexes = [
            models.Index(fields=["customer", "position"], name="orders_feed_of_customer"),
            models.Index(fields=["id"], name="orders_feed_waiting", condition=Q(position__isnull=True)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    *(Q(**{f"{other}__isnull": other != one for other in TELLS}) for one in TELLS),
                    _connector=Q.OR,
                ),
                name="orders_feed_tells_one_thing",
            ),
            models.UniqueConstraint(
                fields=["edit"], condition=Q(edit__isnull=False), name="orders_feed_edit_once"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="numbered_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.position IS NOT NULL OR "
                    "ROW(OLD.order_id, OLD.customer_id, OLD.change_id, OLD.money_id, OLD.edit_id, OLD.shipment_id,"
                    " OLD.ready_id, OLD.notice_id)"
                    " IS DISTINCT FROM ROW(NEW.order_id, NEW.customer_id, NEW.change_id, NEW.money_id, NEW.edit_id,"
                    " NEW.shipment_id, NEW.ready_id, NEW.notice_id)"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}"
