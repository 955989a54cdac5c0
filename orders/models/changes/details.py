"""What an order's address and note were before they were changed, and what they are since."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models.changes.change import OrderChange
from orders.models.fields import Money


class DetailsChange(models.Model):
    """Beside a change of the kind `details`: what stood there, and what stands there now. Null: it stayed.

    The order itself has what is true now, so that every paper and every page that is made from then on says that. Words
    that tell of a person are blanked when the customer leaves (orders/actions/close_account.py), as in the order.
    """

    change = models.OneToOneField(OrderChange, models.PROTECT, primary_key=True, related_name="details")
    address_before = models.JSONField(null=True)
    address_after = models.JSONField(null=True)
    note_before = models.CharField(max_length=1000, null=True)  # noqa: DJ001 null is not empty
    note_after = models.CharField(max_length=1000, null=True)  # noqa: DJ001 null is not empty
    # What sending there costs more, and the shop pays.
    waived = Money(_("waived"), default=0, db_default=0)

    class Meta:
        default_permissions = ()
        verbose_name = _("change of address or note")
        verbose_name_plural = _("changes of address or note")
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(address_before=None, address_after=None)
                    | Q(address_before__isnull=False, address_after__isnull=False)
                )
                & (
                    Q(note_before=None, note_after=None)
                    | Q(note_before__isnull=False, note_after__isnull=False)
                ),
                name="orders_details_both",
            ),
            models.CheckConstraint(
                condition=Q(address_before__isnull=False) | Q(note_before__isnull=False, waived=0),
                name="orders_details_something",
            ),
            models.CheckConstraint(condition=Q(waived__gte=0), name="orders_details_waived"),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="as_changed", fields=["change", "waived"]),
        ]

    def __str__(self) -> str:
        return str(self.change)
