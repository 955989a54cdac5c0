"""When the books were proved, and how many things did not add up then."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class AuditRun(models.Model):
    """An audit that came to its end; the lines that it found are in its output."""

    ended_at = models.DateTimeField(_("ended"), default=timezone.now)
    seconds = models.FloatField(_("seconds"))
    findings = models.PositiveIntegerField(_("things that do not add up"))

    class Meta:
        verbose_name = _("audit")
        verbose_name_plural = _("audits")
        ordering = ["-ended_at"]
        # The shop writes them, nobody else does.
        default_permissions = ("view",)
        indexes = [models.Index(fields=["-ended_at"], name="orders_auditrun_newest")]

    def __str__(self) -> str:
        return f"{self.ended_at:%Y-%m-%d %H:%M}: {self.findings}"
