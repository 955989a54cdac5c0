"""For how long a card can be spent."""

from datetime import date, timedelta

from django.conf import settings
from django.utils import timezone


def last_day() -> date | None:
    """The last day on which a card that is issued now can be spent; None: for ever."""
    days = settings.GIFT_CARD_DAYS
    return timezone.localdate() + timedelta(days=days) if days else None
