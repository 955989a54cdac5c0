"""Days of the shop, in its time zone."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.dateparse import parse_date


def midnight(day: str | None, *, after: int = 0) -> datetime | None:
    """When a day (as ISO 8601 writes it), or one so many days after it, begins; None for what is no day."""
    try:
        found = parse_date(day or "")
        if found is None:
            return None
        return began(found + timedelta(days=after))
    except (ValueError, OverflowError):
        return None


def today_began() -> datetime:
    """When today began."""
    return began(timezone.localdate())


def began(day: date) -> datetime:
    """When a day began, or begins."""
    return timezone.make_aware(datetime.combine(day, time()))
