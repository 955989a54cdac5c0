"""Single numbered things."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from catalog.models.product import Product


class Number(models.Model):
    """One single thing of a numbered product: a room, a seat, a phone number, a licence key."""

    class State(models.TextChoices):
        FREE = "free", _("free")
        TAKEN = "taken", _("taken")
        RETIRED = "retired", _("retired")

    product = models.ForeignKey(
        Product,
        models.PROTECT,
        related_name="numbers",
        db_index=False,
        verbose_name=_("product"),
    )
    value = models.CharField(_("number"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.FREE, editable=False)
    retired_at = models.DateTimeField(_("retired"), null=True, editable=False)
    # The order that gave it back and so retired it; a number that was retired by hand has its reason in the staff's log.
    retired_for = models.UUIDField(_("order"), null=True, editable=False)

    class Meta:
        verbose_name = _("number")
        verbose_name_plural = _("numbers")
        ordering = ["product_id", "id"]
        permissions = [
            ("retire_number", "Can retire numbers"),
            ("export_number", "Can see and export unsold numbers"),
        ]
        indexes = [
            models.Index(
                F("product_id"),
                F("id"),
                name="catalog_number_free",
                condition=Q(state="free"),
            ),
            models.Index(Upper("value"), name="catalog_number_value"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["product", "value"], name="catalog_number_once_per_product"),
            models.CheckConstraint(
                condition=Q(state__in=["free", "taken", "retired"]),
                name="catalog_number_state_known",
            ),
        ]

    def __str__(self) -> str:
        return self.value

    @property
    def is_secret(self) -> bool:
        """Whether its value is what is sold: an unsold licence key, not a room."""
        return self.state == self.State.FREE and not self.product.numbers_reusable
