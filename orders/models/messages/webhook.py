"""Webhooks that we send: where to, and each event that is owed to an endpoint, or got there."""

import uuid

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models.messages.feed import FeedEntry
from orders.models.order import Order
from outbox.models import Queued, given_up_rests, queue_indexes


class Failure(models.TextChoices):
    """Why an attempt came to nothing; the endpoint's owner reads it."""

    MALFORMED = "malformed", _("This is not an address that webhooks can be sent to.")
    FORBIDDEN = "forbidden_address", _("This address is not on the public internet.")
    NOT_HTTPS = "not_https", _("The address must begin with https://.")
    UNKNOWN_NAME = "unknown_name", _("There is no server of this name on the public internet.")
    UNREACHABLE = "unreachable", _("The server cannot be reached.")
    CERTIFICATE = "certificate", _("The server's certificate is not valid.")
    TIMEOUT = "timeout", _("The server did not answer in time.")
    BROKEN = "broken", _("The connection ended without a whole answer.")
    REDIRECT = "redirect", _("The server answered with a redirect, which is not followed.")
    STATUS = "status", _("The server answered with an error.")


class WebhookEndpoint(models.Model):
    """An address that events are sent to. Only orders/webhooks/endpoints.py and orders/webhooks/deliveries.py write it.

    While it is not on, no deliveries are written: switched on again, it gets what the feed has after `resume_after`.
    """

    class State(models.TextChoices):
        ON = "on", _("on")
        OFF = "off", _("off")
        FAILED = "failed", _("switched off after failures")
        REMOVED = "removed", _("removed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="webhook_endpoints", verbose_name=_("owner")
    )
    url = models.CharField(_("address"), max_length=500)
    secret = models.CharField(max_length=80)
    # After a change of secrets both sign for a day, so that the receiver can change in its own time.
    old_secret = models.CharField(max_length=80, blank=True)
    old_secret_until = models.DateTimeField(null=True)
    # Empty: events of every type, also of those yet to come.
    types = ArrayField(models.CharField(max_length=60), verbose_name=_("types of events"), default=list)
    language = models.CharField(_("language"), max_length=10)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.ON)
    state_at = models.DateTimeField(_("since"), default=timezone.now)
    resume_after = models.PositiveBigIntegerField(default=0)
    # Failures and slow answers in a row, over all deliveries; one quick success ends them.
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    failing_since = models.DateTimeField(_("failing since"), null=True)
    # After a failure nothing is sent for a while: one dead endpoint must not keep the senders from all others.
    rests_until = models.DateTimeField(_("rests until"), null=True)

    class Meta:
        verbose_name = _("webhook endpoint")
        verbose_name_plural = _("webhook endpoints")
        ordering = ["created_at", "id"]
        indexes = [
            models.Index(fields=["state_at"], name="orders_endpoint_failed", condition=Q(state="failed")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=("on", "off", "failed", "removed")), name="orders_endpoint_state"
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="deleted_when_removed",
                operation=pgtrigger.Delete,
                condition=~pgtrigger.Q(old__state="removed"),
            )
        ]

    def __str__(self) -> str:
        return self.url

    @property
    def is_on(self) -> bool:
        """Whether events are sent to it."""
        return self.state == self.State.ON

    @property
    def is_failing(self) -> bool:
        """Whether the last attempt failed, or took long."""
        return self.failures > 0


class WebhookDelivery(Queued):
    """One event that an endpoint is owed, or got. Only orders/events/fan_out.py and orders/webhooks/deliveries.py write it.

    It is due when its next attempt is, and no earlier event of its order waits for the same endpoint. It is given up with
    its endpoint, and waits again when that is switched on.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DONE = "done", _("delivered")
        WITHHELD = "withheld", _("withheld")

    # What receivers tell repetitions apart by, in the header webhook-id.
    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    endpoint = models.ForeignKey(
        WebhookEndpoint,
        models.PROTECT,
        related_name="deliveries",
        db_index=False,
        verbose_name=_("webhook endpoint"),
    )
    # Both are empty for a test event.
    entry = models.ForeignKey(FeedEntry, models.PROTECT, null=True, related_name="deliveries", db_index=False)
    order = models.ForeignKey(
        Order, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("order")
    )
    type = models.CharField(_("type"), max_length=60)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    attempted_at = models.DateTimeField(_("last attempt"), null=True)
    failing_since = models.DateTimeField(_("failing since"), null=True)
    done_at = models.DateTimeField(_("delivered at"), null=True)
    # The last attempt's.
    failure = models.CharField(_("last failure"), max_length=20, choices=Failure, blank=True)
    status = models.PositiveSmallIntegerField(_("HTTP status"), null=True)
    answer = models.TextField(_("beginning of the answer"), blank=True)
    duration_ms = models.PositiveIntegerField(_("duration (ms)"), null=True)

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        ordering = ["-id"]
        permissions = [("send_webhook_again", "Can send webhooks again")]
        indexes = [
            *queue_indexes("orders_delivery", within=("endpoint",)),
            models.Index(
                fields=["endpoint", "order", "entry"],
                name="orders_delivery_head",
                condition=Q(state="waiting"),
            ),
            models.Index(fields=["endpoint", "-id"], name="orders_delivery_log"),
            models.Index(
                Coalesce("done_at", "created_at"),
                name="orders_delivery_over",
                condition=Q(state__in=("done", "withheld")),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "entry"], name="orders_delivery_once"),
            models.CheckConstraint(
                condition=Q(state="waiting", next_attempt_at__isnull=False)
                | Q(state="waiting", given_up_at__isnull=False)
                | Q(
                    state__in=("done", "withheld"),
                    next_attempt_at__isnull=True,
                    given_up_at__isnull=True,
                ),
                name="orders_delivery_state",
            ),
            given_up_rests("orders_delivery"),
            models.CheckConstraint(
                condition=Q(entry__isnull=True, order__isnull=True)
                | Q(entry__isnull=False, order__isnull=False),
                name="orders_delivery_of_an_order",
            ),
        ]
        # What is owed stays, however old it is; the rest is a log, kept for a while (orders/webhooks/retention.py).
        triggers = [
            pgtrigger.Protect(
                name="owed_is_not_deleted",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__state="waiting"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.message_id}: {self.type}"

    @property
    def answer_for_owner(self) -> str:
        """What the endpoint's owner may read of the answer: staff alone, since private addresses are theirs alone."""
        return self.answer if self.endpoint.owner.is_staff else ""

    @property
    def message_id(self) -> str:
        """The same at each repetition."""
        return f"msg_{self.key.hex}"
