"""What payment providers told, kept as it came."""

from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KeyTextTransform
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from outbox.models import Queued, given_up_rests, queue_indexes

# What is remarked at a capture in another currency than its payment's.
FOREIGN = "in another currency than the payment's, so it is not booked"


class ProviderEvent(Queued):
    """Something a payment provider told us, kept as it came before anything is done about it.

    The shop tries to act on it as often as it takes: an event is never given up.
    """

    variant = models.CharField(_("provider"), max_length=50)
    event_id = models.CharField(_("event"), max_length=255, help_text=_("The provider's own name of it."))
    # Notification (orders/payments/providers/base.py), field by field. The column is called as it was before.
    notification = models.JSONField(_("notification"), db_column="news")
    body = models.TextField(_("body"), blank=True)
    # Empty where it is the one that the shop is written for, or none is named. The version before writes rows without it.
    api_version = models.CharField(
        _("in another version of its API"), max_length=50, blank=True, default="", db_default=""
    )
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    acted_at = models.DateTimeField(_("acted on"), null=True)
    remark = models.CharField(_("remark"), max_length=500, blank=True)
    # The provider's name of a charge or refund that the ledger does not have yet: once it has, the event is acted on
    # (orders/payments/early_events.py). The version before writes rows without it.
    waits_for = models.CharField(max_length=255, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("provider event")
        verbose_name_plural = _("provider events")
        ordering = ["-id"]
        permissions = [("act_on_providerevent", "Can act on provider events again")]
        indexes = [
            *queue_indexes("orders_event"),
            # What waits about one payment is read before its order is given up.
            models.Index(
                KeyTextTransform("token", "notification"),
                name="orders_event_unread",
                condition=Q(next_attempt_at__isnull=False),
            ),
            models.Index(fields=["waits_for"], name="orders_event_waits_for", condition=~Q(waits_for="")),
            # What was told by no webhook; few, as long as they come.
            models.Index(fields=["received_at"], name="orders_event_asked", condition=Q(body="")),
            models.Index(fields=["variant", "received_at"], name="orders_event_heard"),
            models.Index(fields=["received_at"], name="orders_event_foreign", condition=Q(remark=FOREIGN)),
            models.Index(fields=["received_at"], name="orders_event_version", condition=~Q(api_version="")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["variant", "event_id"], name="orders_event_told_once"),
            models.CheckConstraint(
                condition=Q(acted_at__isnull=False) | Q(next_attempt_at__isnull=False) | ~Q(waits_for=""),
                name="orders_event_acted_or_waits",
            ),
            given_up_rests("orders_event"),
        ]

    def __str__(self) -> str:
        return f"{self.variant} {self.event_id}"
