"""What happened to an order that no other row tells the feed: requests, what waits to be paid, the way of paying."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models.history import in_the_feed
from orders.models.order import Order


class Notice(models.Model):
    """One line for the feed, in codes. Only ever added, and written by orders/events/notices.py alone.

    `about` says what it tells besides: which kind of request, which change, which parcel. Nothing in it changes later.
    """

    class Kind(models.TextChoices):
        # The values are in the events' types, and in the audit's statements.
        REQUEST_OPENED = "request_opened", _("Request opened")
        REQUEST_EXPECTED = "request_expected", _("Goods expected back")
        REQUEST_ANSWERED = "request_answered", _("Request answered")
        # A change waits until its difference is paid; or will never be made.
        CHANGE_WAITS = "change_waits", _("A change waits to be paid")
        CHANGE_DROPPED = "change_dropped", _("A change is not made")
        TRACKING_CHANGED = "tracking_changed", _("Tracking code")
        # What is due, until when, or in which way, and money that came and goes back.
        PAYMENT_CHANGED = "payment_changed", _("Payment changed")

    order = models.ForeignKey(Order, models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    at = models.DateTimeField(_("at"), default=timezone.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    about = models.JSONField(default=dict)

    class Meta:
        default_permissions = ()
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "request_opened",
                        "request_expected",
                        "request_answered",
                        "change_waits",
                        "change_dropped",
                        "tracking_changed",
                        "payment_changed",
                    ]
                ),
                name="orders_notice_kind",
            )
        ]
        triggers = [
            pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete),
            in_the_feed("notice_id"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
