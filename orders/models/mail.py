"""The mails that customers are owed, or got."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models.order import Order
from outbox.models import Queued, given_up_rests, queue_indexes


class MailKind(models.TextChoices):
    """What a mail is about; its words are in templates/orders/mail/."""

    PLACED = "placed", _("Order placed")
    PAY_REQUIRED = "pay_required", _("Payment required")
    PAID = "paid", _("Paid")
    DONE = "done", _("Done")
    NOT_CONFIRMED = "not_confirmed", _("Not confirmed")
    CANCELED = "canceled", _("Canceled")
    REFUND = "refund", _("Refund asked for")
    REFUNDED = "refunded", _("Refunded")
    LATE_MONEY_RETURNED = "late_money_returned", _("Late money returned")


class Mail(Queued):
    """A mail that the customer is owed, or got. Only orders/emails/queue.py writes it.

    It is sent when `sent_at` says so. One that is neither sent, nor waits, nor was given up was for a customer who has left.
    """

    order = models.ForeignKey(
        Order, models.PROTECT, related_name="mails", db_index=False, verbose_name=_("order")
    )
    kind = models.CharField(_("about"), max_length=20, choices=MailKind)
    # The status change's; where no status changed, whatever tells two mails of one kind apart, such as a payment's id.
    sequence = models.PositiveBigIntegerField(_("sequence"))
    language = models.CharField(_("language"), max_length=10)
    to = models.EmailField(_("to"))
    message_id = models.CharField(_("message id"), max_length=320, unique=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True)
    # As wide as it always was: PostgreSQL would write the whole table anew for another width.
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        ordering = ["-id"]
        permissions = [("send_mail_again", "Can send mails again")]
        indexes = queue_indexes("orders_mail")
        constraints = [
            models.UniqueConstraint(fields=["order", "kind", "sequence"], name="orders_mail_once"),
            models.CheckConstraint(condition=Q(kind__in=MailKind.values), name="orders_mail_kind"),
            given_up_rests("orders_mail"),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.order}: {self.get_kind_display()}"
