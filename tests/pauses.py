"""Time that has passed for rows that wait (outbox/queue.py), without waiting for it."""

from django.db.models import QuerySet
from django.utils import timezone


def pass_for(rows: QuerySet) -> None:
    """The pauses of these rows after failures, and the leases of their claims, are over."""
    rows.filter(next_attempt_at__isnull=False).update(next_attempt_at=timezone.now())
