"""What a mail service says of an email after it took it: that it came back, was refused, or that somebody complained."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models.messages.email import Email


class HandedOver(models.Model):
    """What a mail service calls an email that it took: by that a later word of it finds the email."""

    email = models.ForeignKey(Email, models.CASCADE, related_name="handed_over")
    service_id = models.CharField(max_length=500, db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.service_id


class EmailReport(models.Model):
    """One word of a mail service about an email; of each kind the first stands. Only orders/emails/reports.py writes it."""

    class Kind(models.TextChoices):
        BOUNCED = "bounced", _("Came back")
        REFUSED = "refused", _("Refused by the mail service")
        COMPLAINED = "complained", _("Reported as unwanted")

    # None once the email is forgotten: what is known of its address stays.
    email = models.ForeignKey(
        Email, models.SET_NULL, null=True, related_name="reports", verbose_name=_("email")
    )
    kind = models.CharField(_("what happened"), max_length=10, choices=Kind)
    # Whether the address takes no email at all, for all that the service knows.
    is_final = models.BooleanField(_("for good"), default=False)
    at = models.DateTimeField(_("when"))
    noted_at = models.DateTimeField(_("noted"), default=timezone.now)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    # Where the email went, in small letters; empty once its owner has left.
    address = models.CharField(_("address"), max_length=254, blank=True)
    # Somebody of staff has seen to it, or the address takes emails again.
    settled_at = models.DateTimeField(_("settled"), null=True)

    class Meta:
        verbose_name = _("email report")
        verbose_name_plural = _("email reports")
        default_permissions = ()
        ordering = ["id"]
        indexes = [
            models.Index(fields=["address"], name="orders_emailreport_address", condition=~Q(address="")),
            models.Index(
                fields=["email"], name="orders_emailreport_open", condition=Q(settled_at__isnull=True)
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["email", "kind"], name="orders_emailreport_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["bounced", "refused", "complained"]), name="orders_emailreport_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.reason}" if self.reason else str(self.get_kind_display())
