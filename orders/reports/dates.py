"""Days of the shop, in its time zone."""

from datetime import datetime, time, timedelta

from django.utils import timezone
from django.utils.dateparse import parse_date


def midnight(day: str | None, *, after: int = 0) -> datetime | None:
    """When a day (as ISO 8601 writes it), or one so many days after it, begins; None for what is no day."""
    try:
        found = parse_date(day or "")
        if found is None:
            return None
        return timezone.make_aware(datetime.combine(found + timedelta(days=after), time()))
    except (ValueError, OverflowError):
        return None
