"""What staff see of a payment provider that does not answer."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ProviderOutage(models.Model):
    """A provider that some process of the shop waits for; there is no row while all answer."""

    variant = models.CharField(_("provider"), max_length=50, primary_key=True)
    since = models.DateTimeField(_("since"), default=timezone.now)
    # When a process last found it so.
    seen_at = models.DateTimeField(_("last seen"), default=timezone.now)
    failure = models.TextField(_("last failure"))

    class Meta:
        verbose_name = _("outage of a provider")
        verbose_name_plural = _("outages of providers")
        ordering = ["since"]

    def __str__(self) -> str:
        return self.variant

    @classmethod
    def note(cls, variant: str, failure: str) -> None:
        """One process has found that the provider does not answer; without a failure, that it answers again."""
        if not failure:
            cls.objects.filter(variant=variant).delete()
            return
        seen = {"seen_at": timezone.now(), "failure": failure.replace("\0", "")}
        cls.objects.update_or_create(variant=variant, defaults=seen)
