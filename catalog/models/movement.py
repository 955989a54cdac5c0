"""What came to the shelf and what left it."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.product import Product
from chains import Chain, hash_field

MOVEMENTS = Chain(
    table="catalog_stockmovement",
    within="product_id",
    along="id",
    says="""ROW({row}.id, {row}.product_id, {row}.kind, {row}.quantity, {row}.order_id, {row}.actor_id, {row}.reason,
        extract(epoch FROM {row}.at))::text""",
    owner=("catalog_product", "id"),
)


class StockMovement(models.Model):
    """One change of a counted product's free stock. Rows are only ever added, and chained; their sum is what is free."""

    class Kind(models.TextChoices):
        RECEIVED = "received", _("received")
        COUNTED = "counted", _("counted")
        TAKEN = "taken", _("taken")
        GIVEN_BACK = "given_back", _("given back")
        # Pieces of an order that goes on: not sent after all, or sent back. The reason names the order's change.
        CANCELED = "canceled", _("canceled")
        RETURNED = "returned", _("returned")

    # Its index is the one below, in which the newest of a product comes first.
    product = models.ForeignKey(
        Product, models.PROTECT, related_name="movements", db_index=False, verbose_name=_("product")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    quantity = models.IntegerField(_("change"), help_text=_("Pieces added; negative when taken away."))
    order_id = models.UUIDField(_("order"), null=True, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("by"),
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    at = models.DateTimeField(_("at"), auto_now_add=True)
    hash = hash_field()

    class Meta:
        verbose_name = _("stock movement")
        verbose_name_plural = _("stock movements")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["product", "-id"], name="catalog_movement_newest"),
            models.Index(
                fields=["order_id"],
                name="catalog_movement_order",
                condition=Q(order_id__isnull=False),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="received", quantity__gt=0)
                | Q(kind="counted")
                | Q(kind="taken", quantity__lt=0)
                | Q(kind__in=["given_back", "canceled", "returned"], quantity__gt=0),
                name="catalog_movement_sign",
            ),
            # The last line of defence against giving the same stock back twice, or taking it twice.
            models.UniqueConstraint(
                fields=["order_id", "product", "kind"],
                condition=Q(order_id__isnull=False, kind__in=["taken", "given_back"]),
                name="catalog_movement_once_for_order",
            ),
            models.UniqueConstraint(
                fields=["order_id", "product", "reason"],
                condition=Q(kind__in=["canceled", "returned"]),
                name="catalog_movement_once_for_change",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete),
            MOVEMENTS.trigger(),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.quantity:+}"
