"""Answers that are kept for a while, so that a request sent again with its Idempotency-Key is not done again."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class KeptAnswer(models.Model):
    """One request with an Idempotency-Key: being worked on, or done, with the answer that it got.

    Keys are the caller's own: two people may use the same. What belongs together is in rest/idempotency.py.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    # SHA-256 of method, path and body, in hexadecimal.
    fingerprint = models.CharField(max_length=64)
    # None while it is worked on.
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    # Until then no other request works on it. Each taker writes another moment, by which it knows its own claim.
    leased_until = models.DateTimeField()

    class Meta:
        # The API alone reads them.
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="rest_keptanswer_once"),
            models.CheckConstraint(
                condition=models.Q(status=None) | models.Q(status__gte=200, status__lt=500),
                name="rest_keptanswer_no_fault",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.status or '…'}"
