"""The emails that are owed, or were sent: about orders, an account or a webhook, and products that are back."""

from typing import Any

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models.order import Order
from outbox.models import Queued, given_up_rests, queue_indexes


class EmailKind(models.TextChoices):
    """What an email is about; the words of those about an order are in templates/orders/email/."""

    PLACED = "placed", _("Order placed")
    PAY_REQUIRED = "pay_required", _("Payment required")
    PAID = "paid", _("Paid")
    DONE = "done", _("Done")
    NOT_CONFIRMED = "not_confirmed", _("Not confirmed")
    CANCELED = "canceled", _("Canceled")
    REFUND = "refund", _("Refund asked for")
    REFUNDED = "refunded", _("Refunded")
    LATE_MONEY_RETURNED = "late_money_returned", _("Late money returned")
    TRACKING = "tracking", _("Tracking code")
    REFUND_FAILED = "refund_failed", _("Refund failed")
    REFUNDED_LATER = "refunded_later", _("Refunded after all")
    CHANGED = "changed", _("Order changed")
    CHANGE_REFUNDED = "change_refunded", _("Part refunded")
    REQUEST_RECEIVED = "request_received", _("Request received")
    REQUEST_EXPECTED = "request_expected", _("Goods expected back")
    REQUEST_DECLINED = "request_declined", _("Request declined")
    REFUND_DECLINED = "refund_declined", _("Refund declined")
    PAY_BY_HAND = "pay_by_hand", _("How to pay")
    SHIPPED = "shipped", _("Parcel sent")
    READY = "ready", _("Ready for pickup")
    ACCOUNT = "account", _("Account")
    WEBHOOK_OFF = "webhook_off", _("Webhook switched off")
    BACK_TO_CONFIRM = "back_to_confirm", _("Back in stock, to be confirmed")
    BACK_IN_STOCK = "back_in_stock", _("Back in stock")
    GIVEN = "given", _("Store credit or gift card given")


# About no order: these carry their message with them, finished.
FINISHED = (
    EmailKind.ACCOUNT,
    EmailKind.WEBHOOK_OFF,
    EmailKind.BACK_TO_CONFIRM,
    EmailKind.BACK_IN_STOCK,
    EmailKind.GIVEN,
)
# What these say is worth something to whoever reads it: it is erased once it is sent.
SECRET = (EmailKind.ACCOUNT, EmailKind.GIVEN)


class Email(Queued):
    """An email that is owed, or was sent. Only orders/emails/queue.py writes it.

    It is sent when `sent_at` says so. One that is neither sent, nor waits, nor was given up was for a customer who has left.
    """

    order = models.ForeignKey(
        Order, models.PROTECT, null=True, related_name="emails", db_index=False, verbose_name=_("order")
    )
    kind = models.CharField(_("about"), max_length=20, choices=EmailKind)
    # The status change's; where no status changed, what tells two emails of one kind apart, such as a payment's id.
    sequence = models.PositiveBigIntegerField(_("sequence"), default=0)
    language = models.CharField(_("language"), max_length=10)
    to = models.EmailField(_("to"))
    message_id = models.CharField(_("message id"), max_length=320, unique=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True)
    # As wide as it always was: PostgreSQL would write the whole table anew for another width.
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)

    # A finished message, and whose it is if the shop knows that. Text and HTML of those about an account hold secrets:
    # they are erased once the email is sent or given up. So do those with the code of a gift card, which can be sent again
    # when they were given up.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="emails",
        db_index=False,
        verbose_name=_("user"),
    )
    subject = models.CharField(_("subject"), max_length=500, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    # From then on it is worth nothing, such as a link that is no longer valid.
    expires_at = models.DateTimeField(_("expires"), null=True)

    class Meta:
        # Its name from before the class was called so: tables keep theirs.
        db_table = "orders_mail"
        verbose_name = _("email")
        verbose_name_plural = _("emails")
        ordering = ["-id"]
        permissions = [
            ("send_mail_again", "Can send emails again"),
            ("settle_email", "Can settle emails that came back"),
        ]
        indexes = [
            *queue_indexes("orders_mail"),
            # People wait for them, so they are looked for first, however many others wait.
            models.Index(
                fields=["next_attempt_at"],
                name="orders_mail_account_due",
                condition=Q(kind="account", next_attempt_at__isnull=False),
            ),
            models.Index(fields=["user"], name="orders_mail_of_user", condition=Q(user__isnull=False)),
            models.Index(fields=["to"], name="orders_mail_to", condition=Q(order__isnull=True)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["order", "kind", "sequence"], name="orders_mail_once"),
            models.CheckConstraint(condition=Q(kind__in=EmailKind.values), name="orders_mail_kind"),
            models.CheckConstraint(
                condition=Q(order__isnull=True, kind__in=FINISHED)
                | Q(order__isnull=False) & ~Q(kind__in=FINISHED),
                name="orders_mail_of_order_or_finished",
            ),
            given_up_rests("orders_mail"),
        ]
        triggers = [
            # Those of orders stay for good, and so does what waits; the rest is a log, kept for a while.
            pgtrigger.Protect(
                name="never_deleted",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__order__isnull=False)
                | pgtrigger.Q(old__next_attempt_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.order}: {self.get_kind_display()}" if self.order else self.get_kind_display()

    @property
    def without_secrets(self) -> dict[str, Any]:
        """What is left of its message when it is sent."""
        return {"text": "", "html": ""} if self.kind in SECRET else {}

    def when_given_up(self) -> dict[str, Any]:
        return self.without_secrets if self.kind == EmailKind.ACCOUNT else {}
