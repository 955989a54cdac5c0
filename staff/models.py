"""The log of what staff did."""

import pgtrigger
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class StaffAction(models.Model):
    """One thing that a member of staff did. Rows are only ever added, in the transaction of what they tell of.

    Django's own admin log does not serve: whoever has the right may change and delete its rows, nothing in the database
    keeps them, and what is done over the API never gets there. It goes on beside this one, for each object's history page.
    """

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )
    # The right that was used, or one of Edit.
    action = models.CharField(_("what"), max_length=100)
    object_type = models.CharField(_("kind of thing"), max_length=100)
    object_id = models.CharField(_("its id"), max_length=64)
    # As it was called then: it may be renamed or gone.
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
