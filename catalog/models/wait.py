"""Who waits for a product to be back. The rules are in catalog/shelf/waiting.py."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class Wait(models.Model):
    """Somebody is to be told once, by email, when a product can be bought again. The row goes with the telling.

    The address is one whose mailbox has said yes: a user's verified one, or one that a link was opened from.
    """

    # Its index is that of the promise below.
    product = models.ForeignKey("catalog.Product", models.CASCADE, related_name="waits", db_index=False)
    email = models.EmailField()
    # Whose it is, if the address is an account's.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="waits", db_index=False
    )
    # In which the product is told of.
    language = models.CharField(max_length=10)
    asked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        # Staff see how many wait, on the product's page.
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["product", "email"], name="catalog_wait_once"),
        ]
        indexes = [
            models.Index(fields=["email"], name="catalog_wait_email"),
            models.Index(fields=["user"], name="catalog_wait_user", condition=Q(user__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.product_id}: {self.email}"
