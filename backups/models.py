"""What is known of backups: a row for each that was made or restored for a try, in the shop that it is of."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _


class Backup(models.Model):
    """A backup that was made, or tried (a drill), or that failed."""

    class Kind(models.TextChoices):
        MADE = "made", _("Made")
        DRILL = "drill", _("Restored for a try")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    # The moment that the copy is of: what was committed before is in it, nothing else.
    as_of = models.DateTimeField(_("as of"))
    place = models.CharField(_("place"), max_length=500)
    ended_at = models.DateTimeField(_("ended"), auto_now_add=True)
    seconds = models.FloatField(_("seconds"))
    bytes = models.BigIntegerField(_("bytes"), default=0)
    # Empty if it went well.
    failure = models.TextField(_("failure"), blank=True)

    class Meta:
        verbose_name = _("backup")
        verbose_name_plural = _("backups")
        ordering = ["-ended_at"]
        # The shop writes them, nobody else does.
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["kind", "-as_of"], name="backups_newest", condition=models.Q(failure=""))
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.as_of:%Y-%m-%d %H:%M}"


def moments() -> dict[str, datetime]:
    """For each kind of which one went well, the latest moment that one is of."""
    good = Backup.objects.filter(failure="").order_by()
    return dict(good.values_list("kind").annotate(as_of=models.Max("as_of")))


def failed() -> "models.QuerySet[Backup]":
    """Failures that nothing good of the same kind followed upon."""
    later = Backup.objects.filter(kind=models.OuterRef("kind"), ended_at__gt=models.OuterRef("ended_at"))
    return Backup.objects.exclude(failure="").filter(~models.Exists(later.filter(failure="")))
