"""The log of what staff did."""

import pgtrigger
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class StaffAction(models.Model):
    """One thing that a member of staff did. Rows are only ever added, in the transaction of what they tell of.

    Django's own admin log does not serve: staff with the right may change and delete its rows, no trigger protects them, and
    what is done over the API never gets there. It is kept beside this log for the history page of each object.
    """

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )
    # The right that was used, or one of Edit.
    action = models.CharField(_("what"), max_length=100)
    object_type = models.CharField(_("kind of thing"), max_length=100)
    object_id = models.CharField(_("its id"), max_length=64)
    # The thing's name at that time: it may be renamed or deleted since.
    object_text = models.CharField(_("of what"), max_length=200)
    details = models.JSONField(_("details"), default=dict, encoder=DjangoJSONEncoder)
    address = models.GenericIPAddressField(_("address"), null=True)
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("staff action")
        verbose_name_plural = _("staff actions")
        ordering = ["-id"]
        indexes = [models.Index(fields=["object_type", "object_id"], name="staff_action_object")]
        triggers = [pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.action}: {self.object_text}"
